namespace Bowline.Interop;

/// <summary>The one-way-only contract: one sequence, created without an offer.</summary>
public static class LogCases
{
    public static readonly IReadOnlyList<Case> All =
    [
        new("one-way-only-contract", OneWayOnly) { Applies = Case.Reliable },
    ];

    private static string OneWayOnly(Peer peer, CaseOptions options)
    {
        const int Count = 50;
        var tag = Guid.NewGuid().ToString("N");
        var log = peer.Log();
        for (var number = 0; number < Count; number++)
        {
            log.Write(tag, number);
        }

        // Close waits until all is acknowledged.
        Peer.Close(log);

        var calculator = peer.Calculator();
        var numbers = Check.Eventually(() => calculator.LoggedNumbers(tag), got => got.Length >= Count, TimeSpan.FromSeconds(5));
        Peer.Close(calculator);

        var expected = Enumerable.Range(0, Count);
        var seen = string.Join(",", numbers);
        if (peer.Flavour.Ordered)
        {
            Check.True(numbers.SequenceEqual(expected), $"the {Count} messages have to arrive in order, once each; the host saw {seen}");
        }
        else
        {
            Check.True(numbers.Order().SequenceEqual(expected), $"the {Count} messages have to arrive once each; the host saw {seen}");
        }

        return $"{Count} messages delivered{(peer.Flavour.Ordered ? " in order" : "")}";
    }
}
