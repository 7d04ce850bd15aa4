using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;

namespace Bowline.Codec;

/// <summary>Documents: `read` makes text of binary XML, `write` makes binary XML of a list of events.</summary>
public sealed class Documents(XmlDictionary dictionary)
{
    private readonly Dictionary<string, FilledReaderSession> readers = [];
    private readonly Dictionary<string, BudgetedWriterSession> writers = [];

    /// <summary>By name of a writer: the table with which .NET reads back what it wrote.</summary>
    private readonly Dictionary<string, FilledReaderSession> mirrors = [];

    /// <summary>Strings that are not static: shared by value, as the strings of one service are.</summary>
    private readonly XmlDictionary sessionStrings = new();

    public void Forget()
    {
        readers.Clear();
        writers.Clear();
        mirrors.Clear();
    }

    /// <summary>{ document: hex, session?: name, table?: hex } gives { xml }.</summary>
    public void Read(JsonElement request, Utf8JsonWriter answer)
    {
        XmlBinaryReaderSession? session = null;
        if (request.TryGetProperty("session", out JsonElement name))
        {
            if (!readers.TryGetValue(name.GetString()!, out FilledReaderSession? table)) readers.Add(name.GetString()!, table = new());
            if (request.TryGetProperty("table", out JsonElement bytes)) table.AddTable(Convert.FromHexString(bytes.GetString()!));
            session = table.Session;
        }

        byte[] document = Convert.FromHexString(request.GetProperty("document").GetString()!);
        answer.WriteString("xml", Rendering.Render(document, dictionary, session));
    }

    /// <summary>{ events: [...], session?: name } gives { document: hex, table: hex, xml }.</summary>
    public void Write(JsonElement request, Utf8JsonWriter answer)
    {
        BudgetedWriterSession? session = null;
        if (request.TryGetProperty("session", out JsonElement name))
        {
            if (!writers.TryGetValue(name.GetString()!, out session)) writers.Add(name.GetString()!, session = new());
        }

        var stream = new MemoryStream();
        using (var writer = XmlDictionaryWriter.CreateBinaryWriter(stream, dictionary, session, false))
        {
            foreach (JsonElement item in request.GetProperty("events").EnumerateArray()) WriteEvent(writer, item);
            writer.Flush();
        }

        byte[] document = stream.ToArray();
        answer.WriteString("document", Convert.ToHexString(document));
        FilledReaderSession? mirror = null;
        if (session != null)
        {
            byte[] table = session.TakeTable();
            answer.WriteString("table", Convert.ToHexString(table));
            if (!mirrors.TryGetValue(name.GetString()!, out mirror)) mirrors.Add(name.GetString()!, mirror = new());
            mirror.AddTable(table);
        }

        answer.WriteString("xml", Rendering.Render(document, dictionary, mirror?.Session));
    }

    /// <summary>{ document: hex } gives { nodes }.</summary>
    public static void ReadText(JsonElement request, Utf8JsonWriter answer)
    {
        answer.WriteString("nodes", TextNodes.Of(Convert.FromHexString(request.GetProperty("document").GetString()!)));
    }

    /// <summary>{ events: [...] } gives { document: hex, nodes }.</summary>
    public void WriteText(JsonElement request, Utf8JsonWriter answer)
    {
        var stream = new MemoryStream();
        using (var writer = XmlDictionaryWriter.CreateTextWriter(stream, new UTF8Encoding(false), false))
        {
            foreach (JsonElement item in request.GetProperty("events").EnumerateArray()) WriteEvent(writer, item);
            writer.Flush();
        }

        byte[] document = stream.ToArray();
        answer.WriteString("document", Convert.ToHexString(document));
        answer.WriteString("nodes", TextNodes.Of(document));
    }

    private XmlDictionaryString Entry(string value)
    {
        return dictionary.TryLookup(value, out XmlDictionaryString? found) ? found : sessionStrings.Add(value);
    }

    private void WriteEvent(XmlDictionaryWriter writer, JsonElement item)
    {
        switch (item[0].GetString())
        {
            case "start":
                Start(writer, item);
                break;
            case "attribute":
                if (item[3].GetBoolean()) writer.WriteStartAttribute(item[1].GetString(), Entry(item[2].GetString()!), Entry(item[4].GetString()!));
                else writer.WriteStartAttribute(item[1].GetString(), item[2].GetString()!, item[4].GetString());
                for (int index = 5; index < item.GetArrayLength(); index++) WriteValue(writer, item[index]);
                writer.WriteEndAttribute();
                break;
            case "xmlns":
                if (item[3].GetBoolean()) writer.WriteXmlnsAttribute(item[1].GetString(), Entry(item[2].GetString()!));
                else writer.WriteXmlnsAttribute(item[1].GetString(), item[2].GetString()!);
                break;
            case "end":
                writer.WriteEndElement();
                break;
            case "comment":
                writer.WriteComment(item[1].GetString());
                break;
            case "array":
                WriteArray(writer, item);
                break;
            default:
                WriteValue(writer, item);
                break;
        }
    }

    // ["start", prefix, localName, isDictionary, namespace]
    private void Start(XmlDictionaryWriter writer, JsonElement item)
    {
        if (item[3].GetBoolean()) writer.WriteStartElement(item[1].GetString(), Entry(item[2].GetString()!), Entry(item[4].GetString()!));
        else writer.WriteStartElement(item[1].GetString(), item[2].GetString()!, item[4].GetString());
    }

    private void WriteValue(XmlDictionaryWriter writer, JsonElement item)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        string text = item[1].ToString();
        switch (item[0].GetString())
        {
            case "text": writer.WriteString(text); break;
            case "chars": writer.WriteChars(text.ToCharArray(), 0, text.Length); break;
            case "dictionaryText": writer.WriteString(Entry(text)); break;
            case "boolean": writer.WriteValue(item[1].GetBoolean()); break;
            case "int": writer.WriteValue(int.Parse(text, culture)); break;
            case "long": writer.WriteValue(long.Parse(text, culture)); break;
            case "unsignedLong": writer.WriteValue((object)ulong.Parse(text, culture)); break;
            case "float": writer.WriteValue(Values.FloatOfBits(text)); break;
            case "double": writer.WriteValue(Values.DoubleOfBits(text)); break;
            case "decimal": writer.WriteValue(decimal.Parse(text, culture)); break;
            case "dateTime": writer.WriteValue(Values.DateTimeOf(item)); break;
            case "duration": writer.WriteValue(new TimeSpan(long.Parse(text, culture))); break;
            case "guid": writer.WriteValue(Guid.Parse(text)); break;
            case "uniqueId": writer.WriteValue(new UniqueId(text)); break;
            case "bytes":
                byte[] bytes = Convert.FromBase64String(text);
                writer.WriteBase64(bytes, 0, bytes.Length);
                break;
            // ["qname", localName, isDictionary, namespace]
            case "qname":
                if (item[2].GetBoolean()) writer.WriteQualifiedName(Entry(text), Entry(item[3].GetString()!));
                else writer.WriteQualifiedName(text, item[3].GetString());
                break;
            default: throw new ArgumentException($"There is no event '{item[0]}'.");
        }
    }

    // ["array", type, prefix, localName, isDictionary, namespace, items]
    private void WriteArray(XmlDictionaryWriter writer, JsonElement item)
    {
        string prefix = item[2].GetString()!;
        string name = item[3].GetString()!;
        string uri = item[5].GetString()!;
        JsonElement[] items = item[6].EnumerateArray().ToArray();
        CultureInfo culture = CultureInfo.InvariantCulture;
        string Text(JsonElement value) => value[1].ToString();
        int count = items.Length;
        switch (item[1].GetString())
        {
            case "boolean":
                writer.WriteArray(prefix, name, uri, Array.ConvertAll(items, value => value[1].GetBoolean()), 0, count);
                break;
            case "short":
                writer.WriteArray(prefix, name, uri, Array.ConvertAll(items, value => short.Parse(Text(value), culture)), 0, count);
                break;
            case "int":
                writer.WriteArray(prefix, name, uri, Array.ConvertAll(items, value => int.Parse(Text(value), culture)), 0, count);
                break;
            case "long":
                writer.WriteArray(prefix, name, uri, Array.ConvertAll(items, value => long.Parse(Text(value), culture)), 0, count);
                break;
            case "float":
                writer.WriteArray(prefix, name, uri, Array.ConvertAll(items, value => Values.FloatOfBits(Text(value))), 0, count);
                break;
            case "double":
                writer.WriteArray(prefix, name, uri, Array.ConvertAll(items, value => Values.DoubleOfBits(Text(value))), 0, count);
                break;
            case "decimal":
                writer.WriteArray(prefix, name, uri, Array.ConvertAll(items, value => decimal.Parse(Text(value), culture)), 0, count);
                break;
            case "dateTime":
                writer.WriteArray(prefix, name, uri, Array.ConvertAll(items, Values.DateTimeOf), 0, count);
                break;
            case "guid":
                writer.WriteArray(prefix, name, uri, Array.ConvertAll(items, value => Guid.Parse(Text(value))), 0, count);
                break;
            case "duration":
                writer.WriteArray(prefix, name, uri, Array.ConvertAll(items, value => new TimeSpan(long.Parse(Text(value), culture))), 0, count);
                break;
            default: throw new ArgumentException($"There is no array of '{item[1]}'.");
        }
    }
}
