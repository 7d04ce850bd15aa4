using System.ServiceModel;

namespace Bowline.Interop;

/// <summary>What is particular to WebSocket, and which of the other cases have a meaning there.</summary>
public static class WebSocketCases
{
    public static readonly IReadOnlyList<Case> All =
    [
        new("net-http-binding-with-callbacks", OverNetHttpBinding) { Applies = flavour => flavour is { Ordered: true, Version: null or "1.0" } },
    ];

    /// <summary>Those about broken connections are left out: over WebSocket the client lets exceptions of its own transport through.</summary>
    private static readonly IReadOnlyList<string> Others =
    [
        "request-reply",
        "long-strings-and-bytes",
        "one-way-then-count",
        "one-way-only-contract",
        "duplex-callbacks",
        "duplex-callbacks-of-many-sessions",
        "data-contract",
        "nil-arguments",
        "typed-fault",
        "undeclared-exception",
        "calls-at-once",
        "sessions-side-by-side",
        "close-politely",
        "close-without-a-call",
        "open-and-close-in-a-row",
        "idle-past-two-keep-alives",
        "service-waits-no-longer",
        "instance-per-session",
        "concurrency-single",
        "concurrency-single-refuses-callbacks",
        "concurrency-reentrant-calls-back",
        "access-denied-and-typed-fault",
        "stuck-hook",
    ];

    public static bool HasMeaning(Case one, Flavour flavour) =>
        All.Contains(one) || (Others.Contains(one.Name) && (flavour.Reliable || one.Name != "service-waits-no-longer"));

    /// <summary>The binding chooses WebSocket by itself, since the contract has callbacks.</summary>
    private static string OverNetHttpBinding(Peer peer, CaseOptions options)
    {
        var binding = new NetHttpBinding(BasicHttpSecurityMode.None);
        binding.ReliableSession.Enabled = peer.Flavour.Reliable;
        return PriceCases.CallBack(peer, binding);
    }
}
