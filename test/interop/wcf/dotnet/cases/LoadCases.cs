using System.Diagnostics;

namespace Bowline.Interop;

/// <summary>More calls than windows, and several sessions beside each other.</summary>
public static class LoadCases
{
    private static readonly BindingChoices Patient = new() { Large = true, Timeout = TimeSpan.FromSeconds(50) };

    public static readonly IReadOnlyList<Case> All =
    [
        new("calls-at-once", CallsAtOnce) { Limit = TimeSpan.FromSeconds(60) },
        new("sessions-side-by-side", SessionsSideBySide) { Limit = TimeSpan.FromSeconds(60) },
    ];

    private static string CallsAtOnce(Peer peer, CaseOptions options)
    {
        var calculator = peer.Calculator(Patient);
        var watch = Stopwatch.StartNew();
        var calls = Enumerable.Range(0, options.Calls).Select(i => (Index: i, Sum: calculator.AddAsync(i, 1_000_000))).ToArray();
        try
        {
            Task.WhenAll(calls.Select(call => call.Sum)).GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            var answered = calls.Count(call => call.Sum.IsCompletedSuccessfully);
            throw new CheckFailedException($"{answered} of {options.Calls} calls were answered, then: {Check.Describe(exception)}");
        }

        foreach (var (index, sum) in calls)
        {
            Check.Equal(index + 1_000_000, sum.Result, $"answer to call {index}");
        }

        var took = watch.ElapsedMilliseconds;
        Peer.Close(calculator);
        return $"{options.Calls} calls answered in {took} ms";
    }

    private static string SessionsSideBySide(Peer peer, CaseOptions options)
    {
        const int Sessions = 8;
        const int CallsEach = 25;
        var talks = Enumerable.Range(0, Sessions).Select(session => Task.Factory.StartNew(
            () =>
            {
                var calculator = peer.Calculator();
                for (var i = 0; i < CallsEach; i++)
                {
                    Check.Equal($"{session}/{i}", calculator.Echo($"{session}/{i}"), "Echo");
                }

                Peer.Close(calculator);
            },
            TaskCreationOptions.LongRunning)).ToArray();
        Task.WhenAll(talks).GetAwaiter().GetResult();
        return $"{Sessions} sessions with {CallsEach} calls each";
    }
}
