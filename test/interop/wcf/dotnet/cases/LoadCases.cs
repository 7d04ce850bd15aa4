using System.Diagnostics;

namespace Bowline.Interop;

/// <summary>More calls than windows, and several sessions beside each other.</summary>
public static class LoadCases
{
    private const int Addend = 1_000_000;

    private static readonly BindingChoices Patient = new() { Large = true, Timeout = TimeSpan.FromSeconds(50) };

    public static readonly IReadOnlyList<Case> All =
    [
        new("calls-at-once", CallsAtOnce) { Limit = TimeSpan.FromSeconds(60) },
        new("paced-calls", PacedCalls) { Limit = TimeSpan.FromSeconds(150), Applies = Case.Reliable, OnlyByName = true },
        new("calls-one-by-one", CallsOneByOne) { Limit = TimeSpan.FromSeconds(60), Applies = Case.Reliable, OnlyByName = true },
        new("sessions-side-by-side", SessionsSideBySide) { Limit = TimeSpan.FromSeconds(60) },
    ];

    private static string CallsAtOnce(Peer peer, CaseOptions options)
    {
        var calculator = peer.Calculator(Patient);
        var watch = Stopwatch.StartNew();
        AllAnswered([.. Enumerable.Range(0, options.Calls).Select(i => calculator.AddAsync(i, Addend))]);
        var took = watch.ElapsedMilliseconds;
        Peer.Close(calculator);
        return $"{options.Calls} calls answered in {took} ms";
    }

    /// <summary>
    /// Calls that are started in bursts, whether or not earlier ones were answered: several are in flight at any time, and there is
    /// always something to send, for which the client reconnects even where it did not hear that its connection is gone.
    /// </summary>
    private static string PacedCalls(Peer peer, CaseOptions options)
    {
        const int BurstCount = 5;
        var pause = TimeSpan.FromMilliseconds(20);

        // The keep-alive after half of it brings the client back when the connection is closed behind its last call.
        var calculator = peer.Calculator(new() { Timeout = TimeSpan.FromSeconds(120), InactivityTimeout = TimeSpan.FromSeconds(10) });
        var watch = Stopwatch.StartNew();
        var sums = new Task<int>[options.Calls];
        for (var i = 0; i < options.Calls; i++)
        {
            if (i % BurstCount == 0)
            {
                Thread.Sleep(pause);
            }

            sums[i] = calculator.AddAsync(i, Addend);
        }

        AllAnswered(sums);
        var took = watch.ElapsedMilliseconds;
        Peer.Close(calculator);
        return $"{options.Calls} calls answered in {took} ms";
    }

    /// <summary>Each call waits for the answer to the one before.</summary>
    private static string CallsOneByOne(Peer peer, CaseOptions options)
    {
        var calculator = peer.Calculator(Patient);
        for (var i = 0; i < options.Calls; i++)
        {
            Check.Equal(i + Addend, calculator.Add(i, Addend), $"answer to call {i}");
        }

        Peer.Close(calculator);
        return $"{options.Calls} calls answered";
    }

    private static void AllAnswered(Task<int>[] sums)
    {
        try
        {
            Task.WhenAll(sums).GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            var answered = sums.Count(sum => sum.IsCompletedSuccessfully);
            throw new CheckFailedException($"{answered} of {sums.Length} calls were answered", exception);
        }

        for (var index = 0; index < sums.Length; index++)
        {
            Check.Equal(index + Addend, sums[index].Result, $"answer to call {index}");
        }
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
