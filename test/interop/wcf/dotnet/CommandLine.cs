using System.Globalization;

namespace Bowline.Interop;

/// <summary>The command line, checked.</summary>
public sealed record CommandLine(Uri BaseUri)
{
    public IReadOnlyList<string> Cases { get; init; } = [];

    /// <summary>"1.0", "1.1", "none" for no reliable session, or nothing for all.</summary>
    public string? Version { get; init; }

    public bool? Ordered { get; init; }

    /// <summary>"binary" or "text", or nothing for both; of an http URI.</summary>
    public string? Encoding { get; init; }

    public int Calls { get; init; } = 500;

    /// <summary>MaxTransferWindowSize of the reliable sessions; without it that of WCF's default.</summary>
    public int? TransferWindow { get; init; }

    /// <summary>The threads of WCF's scheduler start as on Windows; see <see cref="Internals.StartThreadsWithoutContext"/>.</summary>
    public bool PlainThreads { get; init; }

    /// <summary>Over TLS, with any certificate for localhost: NetTcpBinding's SecurityMode.Transport without a client credential.</summary>
    public bool Secure { get; init; }

    public bool List { get; init; }

    public bool Wants(Case one) => Cases.Count == 0 ? !one.OnlyByName : Cases.Contains(one.Name);

    public bool Wants(Flavour flavour) =>
        (Version is null || Version == (flavour.Version ?? "none"))
        && (Encoding is null || Encoding == flavour.Http)
        && (Ordered is null || (flavour.Reliable && Ordered == flavour.Ordered));

    /// <summary>Gives nothing and a problem when the arguments make no sense.</summary>
    public static CommandLine? Parse(string[] arguments, out string problem)
    {
        problem = "";
        if (arguments.Length == 0 || !Uri.TryCreate(arguments[0], UriKind.Absolute, out var baseUri) || baseUri.Scheme is not ("net.tcp" or "http" or "ws"))
        {
            problem = "the first argument has to be a net.tcp, http or ws URI";
            return null;
        }

        var command = new CommandLine(baseUri);
        for (var at = 1; at < arguments.Length; at++)
        {
            var name = arguments[at];
            if (command.With(name) is { } flagged)
            {
                command = flagged;
                continue;
            }

            var value = ++at < arguments.Length ? arguments[at] : "";
            var next = command.With(name, value);
            if (next is null)
            {
                problem = $"{name} cannot be \"{value}\"";
                return null;
            }

            command = next;
        }

        return command;
    }

    private CommandLine? With(string flag) => flag switch
    {
        "--list" => this with { List = true },
        "--plain-threads" => this with { PlainThreads = true },
        "--secure" when BaseUri.Scheme == "net.tcp" => this with { Secure = true },
        _ => null,
    };

    private CommandLine? With(string name, string value) => name switch
    {
        "--case" when Case.All.Any(one => one.Name == value) => this with { Cases = [.. Cases, value] },
        "--version" when value is "1.0" or "1.1" or "none" => this with { Version = value },
        "--ordered" when bool.TryParse(value, out var ordered) => this with { Ordered = ordered },
        "--encoding" when HttpElements.Encodings.Contains(value) => this with { Encoding = value },
        "--calls" when int.TryParse(value, CultureInfo.InvariantCulture, out var calls) && calls > 0 => this with { Calls = calls },
        "--transfer-window" when int.TryParse(value, CultureInfo.InvariantCulture, out var size) && size is > 0 and <= 4096 =>
            this with { TransferWindow = size },
        _ => null,
    };
}
