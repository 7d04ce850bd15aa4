using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Xml;

namespace Bowline.Codec;

/// <summary>CLR types of one data contract, built at run time from its JSON description.</summary>
/// <remarks>
/// A definition is { id, kind: "enum" | "record" | "list" | "dictionary", name, namespace, … }. A type is { k: "primitive", t },
/// { k: "defined", id }, { k: "nullable", of }, { k: "array" | "list", of } or { k: "dictionary", key, value }.
/// </remarks>
public sealed class ContractTypes
{
    private static readonly AssemblyBuilder Assembly = AssemblyBuilder.DefineDynamicAssembly(new("Generated"), AssemblyBuilderAccess.Run);
    private static readonly ModuleBuilder Module = Assembly.DefineDynamicModule("Generated");

    private static readonly Dictionary<string, Type> Primitives = new()
    {
        ["boolean"] = typeof(bool), ["byte"] = typeof(sbyte), ["unsignedByte"] = typeof(byte), ["short"] = typeof(short),
        ["unsignedShort"] = typeof(ushort), ["int"] = typeof(int), ["unsignedInt"] = typeof(uint), ["long"] = typeof(long),
        ["unsignedLong"] = typeof(ulong), ["float"] = typeof(float), ["double"] = typeof(double), ["decimal"] = typeof(decimal),
        ["string"] = typeof(string), ["guid"] = typeof(Guid), ["anyURI"] = typeof(Uri), ["dateTime"] = typeof(DateTime),
        ["duration"] = typeof(TimeSpan), ["base64Binary"] = typeof(byte[]), ["QName"] = typeof(XmlQualifiedName), ["char"] = typeof(char),
        ["dateTimeOffset"] = typeof(DateTimeOffset),
    };

    private readonly Dictionary<string, JsonElement> definitions = [];
    private readonly Dictionary<string, Type> types = [];
    private readonly Dictionary<Type, ConstructorInfo> constructors = [];

    public ContractTypes(string contractId, JsonElement definitionList)
    {
        foreach (JsonElement definition in definitionList.EnumerateArray()) definitions.Add(definition.GetProperty("id").GetString()!, definition.Clone());
        // Enumerations are complete at once; the others may mention each other, so all exist before any gets members.
        foreach ((string id, JsonElement definition) in definitions)
        {
            string clrName = definition.TryGetProperty("clrName", out JsonElement given) ? given.GetString()! : $"{contractId}.{id}";
            if (Kind(definition) == "enum") types.Add(id, BuildEnum(clrName, definition));
            else types.Add(id, DeclareClass(clrName, definition));
        }

        foreach ((string id, JsonElement definition) in definitions)
        {
            if (types[id] is TypeBuilder builder && !constructors.ContainsKey(builder)) Fill(builder, definition);
        }

        // Loading a collection loads the items it is made of; loading a record does not load its members' classes.
        foreach ((string id, JsonElement definition) in definitions)
        {
            if (Kind(definition) == "record") Complete(id);
        }

        foreach (string id in definitions.Keys.ToArray()) Complete(id);
    }

    public IEnumerable<Type> All => types.Values;

    public JsonElement Definition(string id) => definitions[id];

    public Type Resolve(JsonElement type)
    {
        switch (type.GetProperty("k").GetString())
        {
            case "primitive": return Primitives[type.GetProperty("t").GetString()!];
            case "defined": return types[type.GetProperty("id").GetString()!];
            case "nullable": return typeof(Nullable<>).MakeGenericType(Resolve(type.GetProperty("of")));
            case "array": return Resolve(type.GetProperty("of")).MakeArrayType();
            case "list": return typeof(List<>).MakeGenericType(Resolve(type.GetProperty("of")));
            case "dictionary": return typeof(Dictionary<,>).MakeGenericType(Resolve(type.GetProperty("key")), Resolve(type.GetProperty("value")));
            default: throw new ArgumentException($"There is no kind of type '{type}'.");
        }
    }

    /// <summary>The id of a definition whose CLR type this is.</summary>
    public string IdOf(Type type)
    {
        foreach ((string id, Type known) in types)
        {
            if (known == type) return id;
        }

        throw new ArgumentException($"{type} belongs to no definition of this contract.");
    }

    public static string Kind(JsonElement definition) => definition.GetProperty("kind").GetString()!;

    private static Type BuildEnum(string clrName, JsonElement definition)
    {
        Type underlying = Primitives[Text(definition, "underlying") ?? "int"];
        EnumBuilder builder = Module.DefineEnum(clrName, TypeAttributes.Public, underlying);
        if (Flag(definition, "flags")) builder.SetCustomAttribute(Attribute(typeof(FlagsAttribute)));
        builder.SetCustomAttribute(Attribute(typeof(DataContractAttribute), Named(definition)));
        foreach (JsonElement member in definition.GetProperty("members").EnumerateArray())
        {
            object value = Convert.ChangeType(decimal.Parse(member.GetProperty("value").GetString()!), underlying);
            FieldBuilder literal = builder.DefineLiteral(Text(member, "clr")!, value);
            literal.SetCustomAttribute(Attribute(typeof(EnumMemberAttribute), ("Value", Text(member, "name"))));
        }

        return builder.CreateType();
    }

    private static TypeBuilder DeclareClass(string clrName, JsonElement definition)
    {
        if (!Flag(definition, "struct")) return Module.DefineType(clrName, TypeAttributes.Public | TypeAttributes.Class);
        return Module.DefineType(clrName, TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.SequentialLayout, typeof(ValueType));
    }

    private void Fill(TypeBuilder builder, JsonElement definition)
    {
        switch (Kind(definition))
        {
            case "record":
                FillRecord(builder, definition);
                break;
            case "list":
                builder.SetParent(typeof(List<>).MakeGenericType(Resolve(definition.GetProperty("of"))));
                builder.SetCustomAttribute(Attribute(typeof(CollectionDataContractAttribute), [.. Named(definition), ("ItemName", Text(definition, "itemName"))]));
                builder.DefineDefaultConstructor(MethodAttributes.Public);
                break;
            case "dictionary":
                builder.SetParent(typeof(Dictionary<,>).MakeGenericType(Resolve(definition.GetProperty("key")), Resolve(definition.GetProperty("value"))));
                builder.SetCustomAttribute(Attribute(typeof(CollectionDataContractAttribute), [
                    .. Named(definition), ("ItemName", Text(definition, "itemName")), ("KeyName", Text(definition, "keyName")), ("ValueName", Text(definition, "valueName"))]));
                builder.DefineDefaultConstructor(MethodAttributes.Public);
                break;
            default: throw new ArgumentException($"There is no kind of definition '{Kind(definition)}'.");
        }
    }

    private void FillRecord(TypeBuilder builder, JsonElement definition)
    {
        if (Text(definition, "base") is { } baseId)
        {
            // The constructor below calls the base's, which must exist by then.
            if (!constructors.ContainsKey(types[baseId])) FillRecord((TypeBuilder)types[baseId], definitions[baseId]);
            builder.SetParent(types[baseId]);
        }

        builder.SetCustomAttribute(Attribute(typeof(DataContractAttribute), Named(definition)));
        if (!Flag(definition, "struct")) constructors[builder] = DefineConstructor(builder);
        foreach (JsonElement member in definition.GetProperty("members").EnumerateArray())
        {
            FieldBuilder field = builder.DefineField(Text(member, "clr") ?? Text(member, "name")!, Resolve(member.GetProperty("type")), FieldAttributes.Public);
            var settings = new List<(string, object?)> { ("Name", Text(member, "name")) };
            if (member.TryGetProperty("order", out JsonElement order)) settings.Add(("Order", order.GetInt32()));
            if (Flag(member, "required")) settings.Add(("IsRequired", true));
            if (Flag(member, "omitDefault")) settings.Add(("EmitDefaultValue", false));
            field.SetCustomAttribute(Attribute(typeof(DataMemberAttribute), [.. settings]));
        }
    }

    private ConstructorBuilder DefineConstructor(TypeBuilder builder)
    {
        ConstructorInfo parent = constructors.GetValueOrDefault(builder.BaseType!) ?? typeof(object).GetConstructor(Type.EmptyTypes)!;
        ConstructorBuilder constructor = builder.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, Type.EmptyTypes);
        ILGenerator code = constructor.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, parent);
        code.Emit(OpCodes.Ret);
        return constructor;
    }

    /// <summary>Creates the base class and the value types a type contains before the type itself.</summary>
    private void Complete(string id)
    {
        if (types[id] is not TypeBuilder builder || builder.IsCreated()) return;
        JsonElement definition = definitions[id];
        if (Text(definition, "base") is { } baseId) Complete(baseId);
        foreach (string part in (string[])["of", "key", "value"])
        {
            if (definition.TryGetProperty(part, out JsonElement type)) CompleteWithin(type);
        }

        if (definition.TryGetProperty("members", out JsonElement members))
        {
            foreach (JsonElement member in members.EnumerateArray())
            {
                JsonElement type = member.GetProperty("type");
                if (type.GetProperty("k").GetString() == "nullable") type = type.GetProperty("of");
                if (Text(type, "id") is { } inner && Flag(definitions[inner], "struct")) Complete(inner);
            }
        }

        types[id] = builder.CreateType();
    }

    private void CompleteWithin(JsonElement type)
    {
        if (Text(type, "id") is { } id) Complete(id);
        foreach (string part in (string[])["of", "key", "value"])
        {
            if (type.TryGetProperty(part, out JsonElement inner)) CompleteWithin(inner);
        }
    }

    private static (string, object?)[] Named(JsonElement definition) => [("Name", Text(definition, "name")), ("Namespace", Text(definition, "namespace"))];

    private static CustomAttributeBuilder Attribute(Type type, params (string Name, object? Value)[] settings)
    {
        var given = settings.Where(setting => setting.Value != null).ToArray();
        return new CustomAttributeBuilder(
            type.GetConstructor(Type.EmptyTypes)!,
            [],
            Array.ConvertAll(given, setting => type.GetProperty(setting.Name)!),
            Array.ConvertAll(given, setting => setting.Value!));
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement found) ? found.GetString() : null;

    private static bool Flag(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement found) && found.GetBoolean();
}
