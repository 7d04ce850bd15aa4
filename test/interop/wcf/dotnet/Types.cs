using System.Runtime.Serialization;

namespace Bowline.Interop;

/// <summary>One member of every common kind; the members of the recorded `types` runs.</summary>
[DataContract(Namespace = Order.TypesNamespace)]
public sealed class Order
{
    public const string TypesNamespace = "http://bowline.example/types";

    [DataMember]
    public decimal Amount { get; set; }

    [DataMember]
    public long Big { get; set; }

    [DataMember]
    public byte[]? Blob { get; set; }

    [DataMember]
    public Colour Colour { get; set; }

    [DataMember]
    public Dictionary<string, int>? Counts { get; set; }

    [DataMember]
    public string? Customer { get; set; }

    [DataMember]
    public int Id { get; set; }

    [DataMember]
    public Guid Key { get; set; }

    [DataMember]
    public List<Line?>? Lines { get; set; }

    [DataMember]
    public int? Maybe { get; set; }

    [DataMember(EmitDefaultValue = false)]
    public string? Note { get; set; }

    [DataMember]
    public bool Rush { get; set; }

    [DataMember]
    public List<string?>? Tags { get; set; }

    [DataMember]
    public TimeSpan Wait { get; set; }

    [DataMember]
    public double Weight { get; set; }

    [DataMember]
    public DateTime When { get; set; }
}

[DataContract(Namespace = Order.TypesNamespace)]
public sealed class Line
{
    [DataMember]
    public int Quantity { get; set; }

    [DataMember]
    public string? Sku { get; set; }
}

[DataContract(Namespace = Order.TypesNamespace)]
public enum Colour
{
    [EnumMember]
    Red,

    [EnumMember]
    Green,
}

[DataContract(Namespace = Order.TypesNamespace)]
public sealed class Problem
{
    [DataMember]
    public string? Why { get; set; }
}
