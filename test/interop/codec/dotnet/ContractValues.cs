using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Xml;

namespace Bowline.Codec;

/// <summary>Values of a contract's types from JSON and back.</summary>
/// <remarks>
/// null is null. Numbers up to 32 bits are JSON numbers, wider ones text, floats their bits in hex (or "NaN"), times
/// [ticks, kind], [UTC ticks, minutes of offset] and ticks, a QName [localName, namespace], an enumeration its number as text, a record { $: id, m: { name: value } },
/// a list an array, a dictionary an array of [key, value].
/// </remarks>
public sealed class ContractValues(ContractTypes types)
{
    public object? FromJson(JsonElement value, JsonElement type)
    {
        if (value.ValueKind == JsonValueKind.Null) return null;
        switch (type.GetProperty("k").GetString())
        {
            case "primitive": return PrimitiveFromJson(value, type.GetProperty("t").GetString()!);
            case "nullable": return FromJson(value, type.GetProperty("of"));
            case "array":
            case "list": return ListFromJson(value, types.Resolve(type), type.GetProperty("of"));
            case "dictionary": return DictionaryFromJson(value, types.Resolve(type), type.GetProperty("key"), type.GetProperty("value"));
            default: return DefinedFromJson(value, type.GetProperty("id").GetString()!, types.Resolve(type));
        }
    }

    public void ToJson(Utf8JsonWriter json, object? value, JsonElement type)
    {
        if (value == null)
        {
            json.WriteNullValue();
            return;
        }

        switch (type.GetProperty("k").GetString())
        {
            case "primitive":
                PrimitiveToJson(json, value);
                break;
            case "nullable":
                ToJson(json, value, type.GetProperty("of"));
                break;
            case "array":
            case "list":
                ListToJson(json, (IEnumerable)value, type.GetProperty("of"));
                break;
            case "dictionary":
                DictionaryToJson(json, (IDictionary)value, type.GetProperty("key"), type.GetProperty("value"));
                break;
            default:
                DefinedToJson(json, value);
                break;
        }
    }

    private object DefinedFromJson(JsonElement value, string id, Type clrType)
    {
        JsonElement definition = types.Definition(id);
        switch (ContractTypes.Kind(definition))
        {
            case "enum":
                decimal number = decimal.Parse(value.GetString()!, CultureInfo.InvariantCulture);
                return Enum.ToObject(clrType, Convert.ChangeType(number, Enum.GetUnderlyingType(clrType), CultureInfo.InvariantCulture));
            case "list": return ListFromJson(value, clrType, definition.GetProperty("of"));
            case "dictionary": return DictionaryFromJson(value, clrType, definition.GetProperty("key"), definition.GetProperty("value"));
            default:
                string actualId = value.GetProperty("$").GetString()!;
                object record = Activator.CreateInstance(types.Resolve(JsonDocument.Parse($$"""{"k":"defined","id":"{{actualId}}"}""").RootElement))!;
                JsonElement members = value.GetProperty("m");
                foreach ((JsonElement member, FieldInfo field) in Members(record.GetType(), actualId))
                {
                    if (members.TryGetProperty(member.GetProperty("name").GetString()!, out JsonElement given)) field.SetValue(record, FromJson(given, member.GetProperty("type")));
                }

                return record;
        }
    }

    private void DefinedToJson(Utf8JsonWriter json, object value)
    {
        string id = types.IdOf(value.GetType());
        JsonElement definition = types.Definition(id);
        switch (ContractTypes.Kind(definition))
        {
            case "enum":
                json.WriteStringValue(((Enum)value).ToString("D"));
                break;
            case "list":
                ListToJson(json, (IEnumerable)value, definition.GetProperty("of"));
                break;
            case "dictionary":
                DictionaryToJson(json, (IDictionary)value, definition.GetProperty("key"), definition.GetProperty("value"));
                break;
            default:
                json.WriteStartObject();
                json.WriteString("$", id);
                json.WriteStartObject("m");
                foreach ((JsonElement member, FieldInfo field) in Members(value.GetType(), id))
                {
                    json.WritePropertyName(member.GetProperty("name").GetString()!);
                    ToJson(json, field.GetValue(value), member.GetProperty("type"));
                }

                json.WriteEndObject();
                json.WriteEndObject();
                break;
        }
    }

    /// <summary>Members with their fields, those of the base first.</summary>
    private IEnumerable<(JsonElement Member, FieldInfo Field)> Members(Type clrType, string id)
    {
        JsonElement definition = types.Definition(id);
        if (definition.TryGetProperty("base", out JsonElement baseId))
        {
            foreach ((JsonElement Member, FieldInfo Field) inherited in Members(clrType.BaseType!, baseId.GetString()!)) yield return inherited;
        }

        foreach (JsonElement member in definition.GetProperty("members").EnumerateArray())
        {
            string name = member.TryGetProperty("clr", out JsonElement clr) ? clr.GetString()! : member.GetProperty("name").GetString()!;
            yield return (member, clrType.GetField(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)!);
        }
    }

    private object ListFromJson(JsonElement value, Type clrType, JsonElement itemType)
    {
        int count = value.GetArrayLength();
        IList list = clrType.IsArray ? Array.CreateInstance(clrType.GetElementType()!, count) : (IList)Activator.CreateInstance(clrType)!;
        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (clrType.IsArray) list[index++] = FromJson(item, itemType);
            else list.Add(FromJson(item, itemType));
        }

        return list;
    }

    private object DictionaryFromJson(JsonElement value, Type clrType, JsonElement keyType, JsonElement valueType)
    {
        var dictionary = (IDictionary)Activator.CreateInstance(clrType)!;
        foreach (JsonElement pair in value.EnumerateArray()) dictionary.Add(FromJson(pair[0], keyType)!, FromJson(pair[1], valueType));
        return dictionary;
    }

    private void ListToJson(Utf8JsonWriter json, IEnumerable list, JsonElement itemType)
    {
        json.WriteStartArray();
        foreach (object? item in list) ToJson(json, item, itemType);
        json.WriteEndArray();
    }

    private void DictionaryToJson(Utf8JsonWriter json, IDictionary dictionary, JsonElement keyType, JsonElement valueType)
    {
        json.WriteStartArray();
        foreach (DictionaryEntry pair in dictionary)
        {
            json.WriteStartArray();
            ToJson(json, pair.Key, keyType);
            ToJson(json, pair.Value, valueType);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static object PrimitiveFromJson(JsonElement value, string type)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        switch (type)
        {
            case "boolean": return value.GetBoolean();
            case "byte": return value.GetSByte();
            case "unsignedByte": return value.GetByte();
            case "short": return value.GetInt16();
            case "unsignedShort": return value.GetUInt16();
            case "int": return value.GetInt32();
            case "unsignedInt": return value.GetUInt32();
            case "long": return long.Parse(value.GetString()!, culture);
            case "unsignedLong": return ulong.Parse(value.GetString()!, culture);
            case "float": return Values.FloatOfBits(value.GetString()!);
            case "double": return Values.DoubleOfBits(value.GetString()!);
            case "decimal": return decimal.Parse(value.GetString()!, culture);
            case "string": return value.GetString()!;
            case "guid": return value.GetGuid();
            case "anyURI": return new Uri(value.GetString()!, UriKind.RelativeOrAbsolute);
            case "dateTime": return new DateTime(long.Parse(value[0].GetString()!, culture), Enum.Parse<DateTimeKind>(value[1].GetString()!, true));
            case "duration": return new TimeSpan(long.Parse(value.GetString()!, culture));
            case "base64Binary": return value.GetBytesFromBase64();
            case "QName": return new XmlQualifiedName(value[0].GetString(), value[1].GetString());
            case "char": return (char)value.GetUInt16();
            case "dateTimeOffset":
                var utc = new DateTimeOffset(long.Parse(value[0].GetString()!, culture), TimeSpan.Zero);
                return utc.ToOffset(TimeSpan.FromMinutes(value[1].GetInt32()));
            default: throw new ArgumentException($"There is no primitive type '{type}'.");
        }
    }

    private static void PrimitiveToJson(Utf8JsonWriter json, object value)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        switch (value)
        {
            case bool flag: json.WriteBooleanValue(flag); break;
            case sbyte or byte or short or ushort or int or uint: json.WriteNumberValue(Convert.ToInt64(value, culture)); break;
            case char character: json.WriteNumberValue(character); break;
            case float number: json.WriteStringValue(Values.BitsOf(number)); break;
            case double number: json.WriteStringValue(Values.BitsOf(number)); break;
            case Uri uri: json.WriteStringValue(uri.OriginalString); break;
            case TimeSpan duration: json.WriteStringValue(duration.Ticks.ToString(culture)); break;
            case byte[] bytes: json.WriteBase64StringValue(bytes); break;
            case DateTime time:
                json.WriteStartArray();
                json.WriteStringValue(time.Ticks.ToString(culture));
                json.WriteStringValue(time.Kind.ToString().ToLowerInvariant());
                json.WriteEndArray();
                break;
            case DateTimeOffset time:
                json.WriteStartArray();
                json.WriteStringValue(time.UtcTicks.ToString(culture));
                json.WriteNumberValue((int)time.Offset.TotalMinutes);
                json.WriteEndArray();
                break;
            case XmlQualifiedName name:
                json.WriteStartArray();
                json.WriteStringValue(name.Name);
                json.WriteStringValue(name.Namespace);
                json.WriteEndArray();
                break;
            default: json.WriteStringValue(Convert.ToString(value, culture)); break;
        }
    }
}
