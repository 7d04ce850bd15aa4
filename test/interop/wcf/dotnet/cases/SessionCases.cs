using System.Diagnostics;
using System.ServiceModel;

namespace Bowline.Interop;

/// <summary>How sessions begin, wait and end.</summary>
public static class SessionCases
{
    public static readonly IReadOnlyList<Case> All =
    [
        new("close-politely", ClosePolitely),
        new("close-without-a-call", CloseWithoutACall),
        new("abort", Abort),
        new("open-and-close-in-a-row", OpenAndCloseInARow) { Limit = TimeSpan.FromSeconds(60) },
        new("idle-past-two-keep-alives", IdlePastTwoKeepAlives) { Applies = Case.Reliable },
    ];

    private static string ClosePolitely(Peer peer, CaseOptions options)
    {
        var calculator = peer.Calculator();
        Check.Equal(5, calculator.Add(2, 3), "Add(2, 3)");
        return $"closed in {TimeOfClose(calculator)} ms";
    }

    private static string CloseWithoutACall(Peer peer, CaseOptions options) => $"closed in {TimeOfClose(peer.Calculator())} ms";

    private static long TimeOfClose(ICalculator calculator)
    {
        var took = Peer.Close(calculator);
        Check.Equal(CommunicationState.Closed, Peer.StateOf(calculator), "state after Close()");
        return took;
    }

    private static string Abort(Peer peer, CaseOptions options)
    {
        var bystander = peer.Calculator();
        var calculator = peer.Calculator();
        Check.Equal(5, calculator.Add(2, 3), "Add(2, 3)");
        ((ICommunicationObject)calculator).Abort();
        Check.Equal(CommunicationState.Closed, Peer.StateOf(calculator), "state after Abort()");

        // One more with a call under way.
        var busy = peer.Calculator();
        var slow = Task.Run(() => busy.SlowAdd(1, 2, 1_000));
        Thread.Sleep(200);
        ((ICommunicationObject)busy).Abort();
        Check.Throws<CommunicationException>(() => slow.GetAwaiter().GetResult(), "the call under way at Abort()");

        Check.Equal(7, bystander.Add(3, 4), "Add(3, 4) on another session");
        Peer.Close(bystander);
        return "idle and with a call under way; another session was not affected";
    }

    private static string OpenAndCloseInARow(Peer peer, CaseOptions options)
    {
        const int Rounds = 20;
        var factory = peer.CalculatorFactory();
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            var calculator = peer.Open(factory);
            Check.Equal(round + 1, calculator.Add(round, 1), $"Add({round}, 1)");
            Peer.Close(calculator);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        // The first round pays for what is compiled and connected once.
        var early = Median(times.Skip(1).Take(9));
        var late = Median(times.Skip(11));
        Check.True(
            late <= (3 * early) + 50,
            $"the rounds grow longer: {early:F1} ms at first, {late:F1} ms at last; all: {string.Join(" ", times.Select(t => t.ToString("F0")))}");
        return $"{Rounds} rounds, {early:F1} ms each at first, {late:F1} ms at last";
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static string IdlePastTwoKeepAlives(Peer peer, CaseOptions options)
    {
        // A keep-alive goes out after one second of silence; without an answer the client would fault after two.
        var inactivityTimeout = TimeSpan.FromSeconds(2);
        var calculator = peer.Calculator(new() { InactivityTimeout = inactivityTimeout });
        Check.Equal(5, calculator.Add(2, 3), "Add(2, 3)");
        Thread.Sleep((inactivityTimeout * 2) + TimeSpan.FromMilliseconds(500));
        Check.Equal(CommunicationState.Opened, Peer.StateOf(calculator), "state after the silence");
        Check.Equal(9, calculator.Add(4, 5), "Add(4, 5) after the silence");
        Peer.Close(calculator);
        return "4.5 s of silence with an inactivity time-out of 2 s";
    }
}
