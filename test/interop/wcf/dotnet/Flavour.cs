using System.ServiceModel;
using System.ServiceModel.Channels;

namespace Bowline.Interop;

/// <summary>What a conversation is made with: no reliable session, or one of a version and an order.</summary>
public sealed record Flavour(string? Version, bool Ordered)
{
    public static readonly IReadOnlyList<Flavour> All =
    [
        new(null, true),
        new("1.0", true),
        new("1.0", false),
        new("1.1", true),
        new("1.1", false),
    ];

    /// <summary>What the conversation has over HTTP requests: "binary" or "text"; nothing over net.tcp.</summary>
    public string? Http { get; init; }

    /// <summary>Over WebSocket, as NetHttpBinding does for contracts with callbacks.</summary>
    public bool WebSocket { get; init; }

    /// <summary>Over TLS; of a net.tcp URI.</summary>
    public bool Secure { get; init; }

    /// <summary>How many unacknowledged messages the client keeps at most; WCF's default is 8.</summary>
    public int? TransferWindow { get; init; }

    /// <summary>Those that the scheme of the base URI speaks of.</summary>
    public static IReadOnlyList<Flavour> Over(Uri baseUri) => baseUri.Scheme switch
    {
        "net.tcp" => All,
        "ws" => [.. from flavour in All select flavour with { WebSocket = true }],
        _ => [.. from http in HttpElements.Encodings from flavour in All select flavour with { Http = http }],
    };

    public bool Reliable => Version is not null;

    /// <summary>As it stands behind a case's name in the output.</summary>
    public string Label => (Reliable ? $"rm {Version} {Order}" : "plain") + (Http is null ? "" : $" http {Http}") + (WebSocket ? " websocket" : "") + (Secure ? " tls" : "");

    private string Order => Ordered ? "ordered" : "unordered";

    /// <summary>The path of a service of this flavour: `calculator-10-ordered`, `calculator-plain`.</summary>
    public string Path(string service) =>
        (Reliable ? $"{service}-{Version!.Replace(".", "")}-{Order}" : $"{service}-plain") + (Http == "text" ? "-text" : "");

    /// <summary>
    /// A client sets its sockets' buffers to ConnectionBufferSize. The default of 8 KiB is below one loopback segment and makes
    /// large messages stall for seconds with any host, so cases with large messages take 256 KiB.
    /// </summary>
    public CustomBinding Binding(BindingChoices choices)
    {
        var binding = new CustomBinding
        {
            Name = Label,
            OpenTimeout = choices.Timeout,
            CloseTimeout = choices.Timeout,
            SendTimeout = choices.Timeout,
            ReceiveTimeout = TimeSpan.FromMinutes(10),
        };
        if (Reliable)
        {
            var session = new ReliableSessionBindingElement(Ordered)
            {
                ReliableMessagingVersion = Version == "1.0"
                    ? ReliableMessagingVersion.WSReliableMessagingFebruary2005
                    : ReliableMessagingVersion.WSReliableMessaging11,
            };
            if (choices.InactivityTimeout is { } inactivityTimeout)
            {
                session.InactivityTimeout = inactivityTimeout;
            }

            if (TransferWindow is { } size)
            {
                session.MaxTransferWindowSize = size;
            }

            binding.Elements.Add(session);
        }

        if (Http is not null)
        {
            HttpElements.AddTo(binding, Http, choices);
            return binding;
        }

        if (WebSocket)
        {
            HttpElements.AddWebSocketTo(binding, choices);
            return binding;
        }

        var encoding = new BinaryMessageEncodingBindingElement();
        var transport = new TcpTransportBindingElement();
        if (choices.Large)
        {
            encoding.ReaderQuotas = System.Xml.XmlDictionaryReaderQuotas.Max;
            transport.ConnectionBufferSize = 256 * 1024;
        }

        binding.Elements.Add(encoding);
        if (Secure)
        {
            binding.Elements.Add(new SslStreamSecurityBindingElement());
        }

        binding.Elements.Add(transport);
        return binding;
    }
}

/// <summary>What a case asks of its binding.</summary>
public sealed record BindingChoices
{
    /// <summary>Open, close and send time-out; a call that takes longer throws TimeoutException.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>256 KiB socket buffers and open reader quotas for messages beyond a few KiB.</summary>
    public bool Large { get; init; }

    /// <summary>The client sends a keep-alive at half of it.</summary>
    public TimeSpan? InactivityTimeout { get; init; }
}
