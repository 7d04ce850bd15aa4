using System.Globalization;
using System.Text;
using System.Xml;

namespace Bowline.Codec;

/// <summary>What .NET reads of a document of text, so that both sides can tell it in the same letters: names with their namespaces, declarations, attributes, text.</summary>
public static class TextNodes
{
    private const string XmlnsUri = "http://www.w3.org/2000/xmlns/";

    public static string Of(byte[] document)
    {
        var nodes = new StringBuilder();
        var text = new StringBuilder();
        using XmlDictionaryReader reader = XmlDictionaryReader.CreateTextReader(document, Rendering.Quotas);
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    EndText(nodes, text);
                    bool isEmpty = reader.IsEmptyElement;
                    Start(reader, nodes);
                    if (isEmpty) nodes.Append("</>");
                    break;
                case XmlNodeType.EndElement:
                    EndText(nodes, text);
                    nodes.Append("</>");
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    if (reader.Depth > 0) text.Append(reader.Value);
                    break;
                default:
                    break;
            }
        }

        return nodes.ToString();
    }

    private static void Start(XmlDictionaryReader reader, StringBuilder nodes)
    {
        nodes.Append('<').Append(Name(reader.NamespaceURI, reader.Prefix, reader.LocalName));
        var attributes = new StringBuilder();
        while (reader.MoveToNextAttribute())
        {
            if (reader.NamespaceURI == XmlnsUri)
            {
                string prefix = reader.Prefix == "" ? "" : reader.LocalName;
                nodes.Append(" xmlns:").Append(prefix).Append('=').Append(Quoted(reader.Value));
            }
            else
            {
                attributes.Append(' ').Append(Name(reader.NamespaceURI, reader.Prefix, reader.LocalName)).Append('=').Append(Quoted(reader.Value));
            }
        }

        nodes.Append(attributes).Append('>');
    }

    private static string Name(string uri, string prefix, string localName)
    {
        return $"{{{uri}}}{prefix}:{localName}";
    }

    private static void EndText(StringBuilder nodes, StringBuilder text)
    {
        if (text.Length > 0) nodes.Append(Quoted(text.ToString()));
        text.Clear();
    }

    private static string Quoted(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (char unit in value)
        {
            if (unit is '"' or '\\') quoted.Append('\\').Append(unit);
            else if (unit is < ' ' or > '~') quoted.Append("\\u").Append(((int)unit).ToString("x4", CultureInfo.InvariantCulture));
            else quoted.Append(unit);
        }

        return quoted.Append('"').ToString();
    }
}
