using System.Runtime.Serialization;
using System.Text.Json;
using System.Xml;

namespace Bowline.Codec;

/// <summary>Data contracts: parameters of an operation written and read by <see cref="DataContractSerializer"/> inside a SOAP envelope, as WCF does.</summary>
public sealed class Contracts(XmlDictionary dictionary)
{
    private const string Soap = "http://www.w3.org/2003/05/soap-envelope";
    private const string Addressing = "http://www.w3.org/2005/08/addressing";

    private readonly Dictionary<string, Operation> operations = [];

    private sealed record Parameter(JsonElement Type, XmlDictionaryString Name, DataContractSerializer Serializer);

    private sealed record Operation(XmlDictionaryString Name, XmlDictionaryString Namespace, ContractValues Values, Parameter[] Parameters, PrimitiveWriter? Primitive);

    public void Forget() => operations.Clear();

    /// <summary>{ contract: id, definitions, wrapper, namespace, parameters: [{ name, type }] }.</summary>
    public void Define(JsonElement request, Utf8JsonWriter answer)
    {
        string id = request.GetProperty("contract").GetString()!;
        var types = new ContractTypes(id, request.GetProperty("definitions"));
        // The strings of one operation live in one dictionary that is not the static one, as in WCF.
        var names = new XmlDictionary();
        XmlDictionaryString wrapper = names.Add(request.GetProperty("wrapper").GetString()!);
        XmlDictionaryString uri = names.Add(request.GetProperty("namespace").GetString()!);
        var parameters = new List<Parameter>();
        foreach (JsonElement parameter in request.GetProperty("parameters").EnumerateArray())
        {
            JsonElement type = parameter.GetProperty("type").Clone();
            XmlDictionaryString name = names.Add(parameter.GetProperty("name").GetString()!);
            parameters.Add(new(type, name, new DataContractSerializer(types.Resolve(type), name, uri, types.All)));
        }

        bool primitive = parameters.TrueForAll(parameter => PrimitiveWriter.Takes(parameter.Type));
        operations[id] = new(wrapper, uri, new(types), [.. parameters], primitive ? new(names, uri) : null);
        answer.WriteBoolean("defined", true);
    }

    /// <summary>{ contract: id, values: [...] } gives { document: hex, table: hex, xml } and what .NET reads of it: { values } or { readError }.</summary>
    public void Write(JsonElement request, Utf8JsonWriter answer)
    {
        Operation operation = operations[request.GetProperty("contract").GetString()!];
        JsonElement values = request.GetProperty("values");
        var session = new BudgetedWriterSession();
        var stream = new MemoryStream();
        using (var writer = XmlDictionaryWriter.CreateBinaryWriter(stream, dictionary, session, false))
        {
            writer.WriteStartElement("s", Entry("Envelope"), Entry(Soap));
            writer.WriteXmlnsAttribute("a", Entry(Addressing));
            writer.WriteStartElement("s", Entry("Body"), Entry(Soap));
            writer.WriteStartElement("", operation.Name, operation.Namespace);
            for (int index = 0; index < operation.Parameters.Length; index++)
            {
                Parameter parameter = operation.Parameters[index];
                object? value = operation.Values.FromJson(values[index], parameter.Type);
                if (operation.Primitive == null) parameter.Serializer.WriteObject(writer, value);
                else operation.Primitive.Write(writer, parameter.Name, value);
            }

            writer.WriteEndElement();
            writer.WriteEndElement();
            writer.WriteEndElement();
        }

        byte[] document = stream.ToArray();
        byte[] table = session.TakeTable();
        answer.WriteString("document", Convert.ToHexString(document));
        answer.WriteString("table", Convert.ToHexString(table));
        var mirror = new FilledReaderSession();
        mirror.AddTable(table);
        answer.WriteString("xml", Rendering.Render(document, dictionary, mirror.Session));
        try
        {
            ReadValues(operation, document, mirror.Session, answer);
        }
        catch (SerializationException error)
        {
            answer.WriteString("readError", error.Message);
        }
    }

    /// <summary>{ contract: id, document: hex, table: hex } gives { values: [...], xml }.</summary>
    public void Read(JsonElement request, Utf8JsonWriter answer)
    {
        Operation operation = operations[request.GetProperty("contract").GetString()!];
        byte[] document = Convert.FromHexString(request.GetProperty("document").GetString()!);
        var session = new FilledReaderSession();
        session.AddTable(Convert.FromHexString(request.GetProperty("table").GetString()!));
        answer.WriteString("xml", Rendering.Render(document, dictionary, session.Session));
        ReadValues(operation, document, session.Session, answer);
    }

    private void ReadValues(Operation operation, byte[] document, XmlBinaryReaderSession session, Utf8JsonWriter answer)
    {
        using XmlDictionaryReader reader = Rendering.OpenReader(document, dictionary, session);
        reader.ReadStartElement("Envelope", Soap);
        reader.ReadStartElement("Body", Soap);
        if (!reader.IsStartElement(operation.Name, operation.Namespace)) throw new XmlException($"The body has {reader.NamespaceURI} {reader.LocalName}.");
        reader.Read();
        var values = new List<object?>();
        foreach (Parameter parameter in operation.Parameters) values.Add(parameter.Serializer.ReadObject(reader, true));
        reader.ReadEndElement();
        answer.WriteStartArray("values");
        for (int index = 0; index < values.Count; index++) operation.Values.ToJson(answer, values[index], operation.Parameters[index].Type);
        answer.WriteEndArray();
    }

    private XmlDictionaryString Entry(string value) => dictionary.TryLookup(value, out XmlDictionaryString? found) ? found : throw new ArgumentException(value);
}
