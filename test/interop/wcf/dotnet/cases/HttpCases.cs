using System.ServiceModel;
using System.ServiceModel.Channels;

namespace Bowline.Interop;

/// <summary>What is particular to HTTP requests, and which of the other cases have a meaning there.</summary>
public static class HttpCases
{
    public static readonly IReadOnlyList<Case> All =
    [
        new("net-http-binding", OverNetHttpBinding) { Applies = flavour => flavour is { Http: "binary", Ordered: true, Version: null or "1.0" } },
        new("ws-http-binding", OverWsHttpBinding) { Applies = flavour => flavour is { Http: "text", Ordered: true, Version: null or "1.0" } },
        new("slow-calls-side-by-side", SlowCalls),
        new("keep-alive", KeepAlive) { Applies = Case.Reliable },
    ];

    private static readonly IReadOnlyList<string> Others =
    [
        "request-reply",
        "long-strings-and-bytes",
        "one-way-then-count",
        "one-way-only-contract",
        "data-contract",
        "nil-arguments",
        "typed-fault",
        "undeclared-exception",
        "calls-at-once",
        "sessions-side-by-side",
    ];

    public static bool HasMeaning(Case one) => All.Contains(one) || Others.Contains(one.Name);

    private static string OverNetHttpBinding(Peer peer, CaseOptions options)
    {
        var binding = new NetHttpBinding(BasicHttpSecurityMode.None);
        binding.ReliableSession.Enabled = peer.Flavour.Reliable;
        return Converse(peer, binding);
    }

    private static string OverWsHttpBinding(Peer peer, CaseOptions options)
    {
        var binding = new WSHttpBinding(SecurityMode.None);
        binding.ReliableSession.Enabled = peer.Flavour.Reliable;
        return Converse(peer, binding);
    }

    private static string Converse(Peer peer, Binding binding)
    {
        var calculator = peer.Open(peer.CalculatorFactory(binding));
        for (var i = 0; i < 10; i++)
        {
            Check.Equal(i + 1, calculator.Add(i, 1), "Add");
            Check.Equal($"text {i}", calculator.Echo($"text {i}"), "Echo");
            calculator.Log("one-way");
        }

        Peer.Close(calculator);
        return $"30 calls over {binding.GetType().Name} with its defaults";
    }

    /// <summary>Longer than the client waits before it repeats a request: each runs once and has its own answer.</summary>
    private static string SlowCalls(Peer peer, CaseOptions options)
    {
        var calculator = peer.Calculator();
        var sums = Enumerable.Range(0, 4)
            .Select(i => Task.Factory.StartNew(() => calculator.SlowAdd(i, 10, 1_500), TaskCreationOptions.LongRunning))
            .ToArray();
        Task.WhenAll(sums).GetAwaiter().GetResult();
        for (var i = 0; i < sums.Length; i++)
        {
            Check.Equal(i + 10, sums[i].Result, $"SlowAdd({i}, 10)");
        }

        Peer.Close(calculator);
        return "4 calls of 1.5 s";
    }

    private static string KeepAlive(Peer peer, CaseOptions options)
    {
        var calculator = peer.Calculator(new BindingChoices { InactivityTimeout = TimeSpan.FromSeconds(1) });
        Check.Equal(3, calculator.Add(1, 2), "Add");
        Thread.Sleep(2_500);
        Check.Equal(5, calculator.Add(2, 3), "Add after a silence of 2.5 s with an inactivityTimeout of 1 s");
        Peer.Close(calculator);
        return "silent for 2.5 s with an inactivityTimeout of 1 s";
    }
}
