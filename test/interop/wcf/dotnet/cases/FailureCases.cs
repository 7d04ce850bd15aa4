using System.Diagnostics;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Xml;

namespace Bowline.Interop;

/// <summary>What has to fail, how it fails, and what must not be touched by it.</summary>
public static class FailureCases
{
    public static readonly IReadOnlyList<Case> All =
    [
        new("operation-time-out", OperationTimeOut) { Applies = Case.Reliable },
        new("operation-time-out-plain", OperationTimeOutWithoutSession) { Applies = flavour => !flavour.Reliable },
        new("service-waits-no-longer", ServiceWaitsNoLonger),
        new("client-that-never-closes", ClientThatNeverCloses),
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

    /// <summary>
    /// Without a reliable session a synchronous call reads from the connection itself, and the channel faults when that read runs
    /// out of time, whatever the host does. The next channel works, and the host has nothing left of the first.
    /// </summary>
    private static string OperationTimeOutWithoutSession(Peer peer, CaseOptions options)
    {
        var calculator = peer.Calculator();
        Check.Equal(3, calculator.SlowAdd(1, 2, 10), "SlowAdd(1, 2, 10 ms)");
        ((IContextChannel)calculator).OperationTimeout = TimeSpan.FromMilliseconds(500);
        var watch = Stopwatch.StartNew();
        Check.Throws<TimeoutException>(() => calculator.SlowAdd(1, 2, 1_500), "SlowAdd(1, 2, 1500 ms) with an OperationTimeout of 500 ms");
        var waited = watch.ElapsedMilliseconds;
        Check.Equal(CommunicationState.Faulted, Peer.StateOf(calculator), "state after the time-out");
        Thread.Sleep(1_500);
        var next = peer.Calculator();
        Check.Equal(11, next.Add(5, 6), "Add(5, 6) on a new session, after the late reply");
        Peer.Close(next);
        return $"TimeoutException after {waited} ms, the next session works";
    }

    /// <summary>
    /// The host ends a session that sends no application message for its receive time-out of 2 s; keep-alives do not count. The
    /// reason is asked for on the channel below the proxy, which keeps it to itself.
    /// </summary>
    private static string ServiceWaitsNoLonger(Peer peer, CaseOptions options)
    {
        var binding = peer.Flavour.Binding(new() { InactivityTimeout = TimeSpan.FromSeconds(2) });
        var channel = peer.Open(binding, "hasty");
        var sum = Message.CreateMessage(binding.MessageVersion, "http://tempuri.org/ICalculator/Add", new Sum(2, 3));
        sum.Headers.MessageId = new UniqueId();
        sum.Headers.ReplyTo = new EndpointAddress(EndpointAddress.AnonymousUri);
        channel.Send(sum);
        using (var reply = channel.Receive(TimeSpan.FromSeconds(5)))
        {
            Check.Equal(sum.Headers.MessageId, reply.Headers.RelatesTo, "the reply's RelatesTo");
        }

        var watch = Stopwatch.StartNew();
        var failure = Check.Throws<CommunicationException>(() => channel.Receive(TimeSpan.FromSeconds(6)), "Receive() on a silent session");
        var waited = watch.ElapsedMilliseconds;
        Check.True(waited is > 1_500 and < 4_000, $"the channel failed {waited} ms after the last message; the host waits 2000 ms");
        Check.Equal(CommunicationState.Faulted, channel.State, "state after the host's receive time-out");
        if (peer.Flavour.Reliable)
        {
            Check.True(failure.Message.Contains("receiveTimeoutMs 2000", StringComparison.Ordinal), $"the reason is not told: {Check.Describe(failure)}");
        }

        return $"{failure.GetType().Name} after {waited} ms: {failure.Message}";
    }

    /// <summary>The body of a request for Add.</summary>
    private sealed class Sum(int a, int b) : BodyWriter(isBuffered: true)
    {
        protected override void OnWriteBodyContents(XmlDictionaryWriter writer)
        {
            writer.WriteStartElement("Add", "http://tempuri.org/");
            writer.WriteElementString("a", "http://tempuri.org/", XmlConvert.ToString(a));
            writer.WriteElementString("b", "http://tempuri.org/", XmlConvert.ToString(b));
            writer.WriteEndElement();
        }
    }

    /// <summary>A session that is left alone keeps its place until the host gives it up, and disturbs nobody.</summary>
    private static string ClientThatNeverCloses(Peer peer, CaseOptions options)
    {
        var left = Enumerable.Range(0, 4).Select(_ => peer.HastyCalculator()).ToArray();
        foreach (var calculator in left)
        {
            Check.Equal(5, calculator.Add(2, 3), "Add(2, 3)");
        }

        for (var round = 0; round < 6; round++)
        {
            var bystander = peer.HastyCalculator();
            Check.Equal(7, bystander.Add(3, 4), "Add(3, 4) beside sessions that nobody closes");
            Peer.Close(bystander);
            Thread.Sleep(500);
        }

        foreach (var calculator in left)
        {
            Check.Throws<CommunicationException>(() => calculator.Add(4, 5), "Add(4, 5) on a session that the host gave up");
        }

        return $"{left.Length} sessions left to the host, 6 more beside them";
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
