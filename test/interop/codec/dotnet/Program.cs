using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Xml;

namespace Bowline.Codec;

/// <summary>
/// Reads one JSON request per line, answers one JSON line each, in order. Argument: the file with the static dictionary
/// ([MC-NBFS], a JSON array of strings in id order).
/// </summary>
public static class Program
{
    public static int Main(string[] arguments)
    {
        if (arguments.Length != 1)
        {
            Console.Error.WriteLine("usage: dotnet Codec.dll <nbfs-dictionary.json>");
            return 2;
        }

        XmlDictionary dictionary = LoadDictionary(arguments[0]);
        var documents = new Documents(dictionary);
        var contracts = new Contracts(dictionary);
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false), false, 1 << 16);
        using Stream output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
        using var answer = new Utf8JsonWriter(output, options);

        while (input.ReadLine() is { } line)
        {
            using (JsonDocument request = JsonDocument.Parse(line))
            {
                answer.Reset(output);
                answer.WriteStartObject();
                Answer(request.RootElement, documents, contracts, answer);
                answer.WriteEndObject();
                answer.Flush();
                output.WriteByte((byte)'\n');
                // The driver sends a `flush` when it wants to see what was answered so far.
                if (request.RootElement.TryGetProperty("flush", out _)) output.Flush();
            }
        }

        return 0;
    }

    private static void Answer(JsonElement request, Documents documents, Contracts contracts, Utf8JsonWriter answer)
    {
        try
        {
            string operation = request.GetProperty("op").GetString()!;
            switch (operation)
            {
                case "read":
                    documents.Read(request, answer);
                    break;
                case "write":
                    documents.Write(request, answer);
                    break;
                case "readText":
                    Documents.ReadText(request, answer);
                    break;
                case "writeText":
                    documents.WriteText(request, answer);
                    break;
                case "define":
                    contracts.Define(request, answer);
                    break;
                case "writeValue":
                    contracts.Write(request, answer);
                    break;
                case "readValue":
                    contracts.Read(request, answer);
                    break;
                case "forget":
                    documents.Forget();
                    contracts.Forget();
                    break;
                default:
                    throw new ArgumentException($"There is no operation '{operation}'.");
            }
        }
        catch (Exception error)
        {
            answer.WriteString("error", error.GetType().Name + ": " + error.Message);
            if (error is not (XmlException or System.Runtime.Serialization.SerializationException)) answer.WriteString("trace", error.ToString());
        }
    }

    private static XmlDictionary LoadDictionary(string path)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(path));
        var dictionary = new XmlDictionary(512);
        int id = 0;
        foreach (JsonElement entry in file.RootElement.EnumerateArray())
        {
            XmlDictionaryString added = dictionary.Add(entry.GetString()!);
            if (added.Key != id++) throw new InvalidDataException($"String {id - 1} of the static dictionary appears twice.");
        }

        return dictionary;
    }
}
