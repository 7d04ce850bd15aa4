namespace Bowline.Interop;

/// <summary>
/// One thing that a WCF client does with a host. <see cref="Run"/> gives a short remark for the output, or throws; it is given up
/// after <see cref="Limit"/>.
/// </summary>
public sealed record Case(string Name, Func<Peer, CaseOptions, string> Run)
{
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the case has a meaning for a flavour.</summary>
    public Func<Flavour, bool> Applies { get; init; } = _ => true;

    /// <summary>Runs only when the command line names it: without trouble on the wire it shows nothing that others do not.</summary>
    public bool OnlyByName { get; init; }

    public static bool Reliable(Flavour flavour) => flavour.Reliable;

    public static readonly IReadOnlyList<Case> All =
    [
        .. CalculatorCases.All,
        .. LogCases.All,
        .. PriceCases.All,
        .. RichCases.All,
        .. LoadCases.All,
        .. SessionCases.All,
        .. FailureCases.All,
        .. DispatchCases.All,
        .. HttpCases.All,
        .. WebSocketCases.All,
    ];

    /// <summary>Whether the case has a meaning for what carries the conversation: those about connections have none over HTTP requests.</summary>
    public bool AppliesTo(Flavour flavour) =>
        Applies(flavour) && flavour switch
        {
            { Http: not null } => HttpCases.HasMeaning(this),
            { WebSocket: true } => WebSocketCases.HasMeaning(this, flavour),
            _ => !HttpCases.All.Contains(this) && !WebSocketCases.All.Contains(this),
        };
}

/// <summary>What the command line says about how much to do.</summary>
public sealed record CaseOptions(int Calls);
