using System.ServiceModel.Channels;
using System.Text;

namespace Bowline.Interop;

/// <summary>The lower half of a binding over HTTP requests: encoding and transport.</summary>
public static class HttpElements
{
    /// <summary>NetHttpBinding's binary encoding, and WSHttpBinding's text.</summary>
    public static readonly IReadOnlyList<string> Encodings = ["binary", "text"];

    public static void AddTo(CustomBinding binding, string encoding, BindingChoices choices)
    {
        MessageEncodingBindingElement element = encoding == "binary"
            ? new BinaryMessageEncodingBindingElement()
            : new TextMessageEncodingBindingElement(MessageVersion.Soap12WSAddressing10, Encoding.UTF8);
        var transport = new HttpTransportBindingElement();
        if (choices.Large)
        {
            transport.MaxReceivedMessageSize = 1 << 20;
            transport.MaxBufferSize = 1 << 20;
            Open(element);
        }

        binding.Elements.Add(element);
        binding.Elements.Add(transport);
    }

    /// <summary>NetHttpBinding's lower half when the contract has callbacks.</summary>
    public static void AddWebSocketTo(CustomBinding binding, BindingChoices choices)
    {
        var encoding = new BinaryMessageEncodingBindingElement();
        var transport = new HttpTransportBindingElement();
        transport.WebSocketSettings.TransportUsage = WebSocketTransportUsage.Always;
        transport.WebSocketSettings.SubProtocol = "soap";
        if (choices.Large)
        {
            encoding.ReaderQuotas = System.Xml.XmlDictionaryReaderQuotas.Max;
        }

        binding.Elements.Add(encoding);
        binding.Elements.Add(transport);
    }

    private static void Open(MessageEncodingBindingElement element)
    {
        if (element is BinaryMessageEncodingBindingElement binary)
        {
            binary.ReaderQuotas = System.Xml.XmlDictionaryReaderQuotas.Max;
        }
        else if (element is TextMessageEncodingBindingElement text)
        {
            text.ReaderQuotas = System.Xml.XmlDictionaryReaderQuotas.Max;
        }
    }
}
