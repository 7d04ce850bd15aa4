using System.Diagnostics;
using System.ServiceModel;

namespace Bowline.Interop;

/// <summary>What has to fail, how it fails, and what must not be touched by it.</summary>
public static class FailureCases
{
    public static readonly IReadOnlyList<Case> All =
    [
        new("operation-time-out", OperationTimeOut),
        new("wrong-path", WrongPath),
        new("message-too-large-for-the-host", MessageTooLarge),
    ];

    private static string OperationTimeOut(Peer peer, CaseOptions options)
    {
        var calculator = peer.Calculator();
        Check.Equal(3, calculator.SlowAdd(1, 2, 10), "SlowAdd(1, 2, 10 ms)");
        ((IContextChannel)calculator).OperationTimeout = TimeSpan.FromMilliseconds(500);
        var watch = Stopwatch.StartNew();
        Check.Throws<TimeoutException>(() => calculator.SlowAdd(1, 2, 1_500), "SlowAdd(1, 2, 1500 ms) with an OperationTimeout of 500 ms");
        var waited = watch.ElapsedMilliseconds;
        ((IContextChannel)calculator).OperationTimeout = TimeSpan.FromSeconds(10);

        // Once before and once after the late reply, which nobody waits for any more.
        Check.Equal(7, calculator.Add(3, 4), "Add(3, 4) right after the time-out");
        Thread.Sleep(1_500);
        Check.Equal(11, calculator.Add(5, 6), "Add(5, 6) after the late reply");
        Peer.Close(calculator);
        return $"TimeoutException after {waited} ms, the session lived on";
    }

    private static string WrongPath(Peer peer, CaseOptions options)
    {
        var watch = Stopwatch.StartNew();
        var factory = peer.Nowhere(new() { Timeout = TimeSpan.FromSeconds(3) });
        var got = peer.Flavour.Reliable
            ? RefusedOrOutOfTime(() => peer.Open(factory))
            : Check.Throws<EndpointNotFoundException>(() => peer.Open(factory), "Open() of a path that no service has");
        var took = watch.ElapsedMilliseconds;
        var bystander = peer.Calculator();
        Check.Equal(7, bystander.Add(3, 4), "Add(3, 4) on a path that exists");
        Peer.Close(bystander);
        return $"{got.GetType().Name} after {took} ms";
    }

    /// <summary>
    /// The reliable client tries to open again until the open time-out is over, whatever the host answers. The last attempt gives
    /// its exception, which is the time-out when the rest of the time was too short for the host's answer.
    /// </summary>
    private static Exception RefusedOrOutOfTime(Action open)
    {
        try
        {
            open();
        }
        catch (Exception exception) when (exception is EndpointNotFoundException or TimeoutException)
        {
            return exception;
        }

        throw new CheckFailedException("Open() of a path that no service has: it was opened");
    }

    private static string MessageTooLarge(Peer peer, CaseOptions options)
    {
        var bystander = peer.Calculator();
        Check.Equal(5, bystander.Add(2, 3), "Add(2, 3) on another session, before");

        // The host takes 64 KiB. The reliable client repeats the message on new connections until the call's time is over, so
        // the exception may be the time-out; without a session it is the fault that the host sent.
        var calculator = peer.Calculator(new() { Large = true, Timeout = TimeSpan.FromSeconds(8) });
        var watch = Stopwatch.StartNew();
        string got;
        try
        {
            calculator.Reverse(new byte[200_000]);
            throw new CheckFailedException("the host answered a message of 200000 bytes; its limit is 65536");
        }
        catch (Exception exception) when (exception is CommunicationException or TimeoutException)
        {
            got = $"{exception.GetType().Name} after {watch.ElapsedMilliseconds} ms";
        }

        Check.Equal(7, bystander.Add(3, 4), "Add(3, 4) on another session, after");
        Peer.Close(bystander);
        var next = peer.Calculator();
        Check.Equal(9, next.Add(4, 5), "Add(4, 5) on a new session, after");
        Peer.Close(next);
        return got + ", other sessions were not affected";
    }
}
