using System.Text;
using System.Xml;

namespace Bowline.Codec;

/// <summary>XML text as .NET writes it from what its binary reader reads: attributes in document order, full end tags.</summary>
public static class Rendering
{
    private static readonly XmlWriterSettings Settings = new()
    {
        OmitXmlDeclaration = true,
        ConformanceLevel = ConformanceLevel.Fragment,
        CheckCharacters = false,
        NewLineHandling = NewLineHandling.Entitize,
        NamespaceHandling = NamespaceHandling.Default,
    };

    public static XmlDictionaryReaderQuotas Quotas { get; } = new()
    {
        MaxDepth = 128,
        MaxStringContentLength = int.MaxValue,
        MaxArrayLength = int.MaxValue,
        MaxBytesPerRead = int.MaxValue,
        MaxNameTableCharCount = int.MaxValue,
    };

    public static XmlDictionaryReader OpenReader(byte[] document, XmlDictionary dictionary, XmlBinaryReaderSession? session)
    {
        return XmlDictionaryReader.CreateBinaryReader(document, 0, document.Length, dictionary, Quotas, session);
    }

    public static string Render(byte[] document, XmlDictionary dictionary, XmlBinaryReaderSession? session)
    {
        var text = new StringBuilder();
        using (XmlDictionaryReader reader = OpenReader(document, dictionary, session))
        using (var writer = XmlWriter.Create(text, Settings))
        {
            reader.Read();
            while (!reader.EOF) writer.WriteNode(reader, true);
        }

        return text.ToString();
    }
}
