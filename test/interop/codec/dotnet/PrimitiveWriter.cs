using System.Text.Json;
using System.Xml;

namespace Bowline.Codec;

/// <summary>
/// Writes parameters as WCF's PrimitiveOperationFormatter does. WCF chooses it over DataContractSerializer where all parameters of an
/// operation are of these types; it is no part of the base library.
/// </summary>
public sealed class PrimitiveWriter(XmlDictionary names, XmlDictionaryString uri)
{
    private static readonly HashSet<string> Single = ["boolean", "dateTime", "decimal", "double", "int", "long", "float", "string", "base64Binary"];
    private static readonly HashSet<string> Items = ["boolean", "dateTime", "decimal", "double", "int", "long", "float"];

    private readonly XmlDictionaryString arrays = names.Add("http://schemas.microsoft.com/2003/10/Serialization/Arrays");
    private readonly XmlDictionaryString nil = names.Add("nil");
    private readonly XmlDictionaryString xsi = names.Add("http://www.w3.org/2001/XMLSchema-instance");

    public static bool Takes(JsonElement type)
    {
        string kind = type.GetProperty("k").GetString()!;
        if (kind == "primitive") return Single.Contains(type.GetProperty("t").GetString()!);
        return kind == "array" && type.GetProperty("of") is var item && item.GetProperty("k").GetString() == "primitive" && Items.Contains(item.GetProperty("t").GetString()!);
    }

    public void Write(XmlDictionaryWriter writer, XmlDictionaryString name, object? value)
    {
        writer.WriteStartElement(null, name, uri);
        if (value == null)
        {
            writer.WriteStartAttribute(null, nil, xsi);
            writer.WriteValue(true);
            writer.WriteEndAttribute();
        }
        else WriteValue(writer, value);

        writer.WriteEndElement();
    }

    private void WriteValue(XmlDictionaryWriter writer, object value)
    {
        switch (value)
        {
            case byte[] bytes: writer.WriteBase64(bytes, 0, bytes.Length); break;
            case string text: writer.WriteString(text); break;
            case bool[] items: writer.WriteArray(null, names.Add("boolean"), arrays, items, 0, items.Length); break;
            case DateTime[] items: writer.WriteArray(null, names.Add("dateTime"), arrays, items, 0, items.Length); break;
            case decimal[] items: writer.WriteArray(null, names.Add("decimal"), arrays, items, 0, items.Length); break;
            case int[] items: writer.WriteArray(null, names.Add("int"), arrays, items, 0, items.Length); break;
            case long[] items: writer.WriteArray(null, names.Add("long"), arrays, items, 0, items.Length); break;
            case float[] items: writer.WriteArray(null, names.Add("float"), arrays, items, 0, items.Length); break;
            case double[] items: writer.WriteArray(null, names.Add("double"), arrays, items, 0, items.Length); break;
            default: writer.WriteValue(value); break;
        }
    }
}
