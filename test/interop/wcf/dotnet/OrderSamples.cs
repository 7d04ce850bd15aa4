using System.Globalization;
using System.Xml;

namespace Bowline.Interop;

/// <summary>Orders at the edges of their member types, and the comparison member by member.</summary>
public static class OrderSamples
{
    public static IEnumerable<(string Name, Order Value)> All()
    {
        yield return ("recorded values", Recorded());
        yield return ("all members at their defaults", new Order());
        yield return ("greatest values", Greatest());
        yield return ("least values", Least());
        yield return ("empty collections and strings", Empty());
        yield return ("local time", new Order { When = new DateTime(2026, 7, 1, 12, 30, 15, 250, DateTimeKind.Local).AddTicks(1) });
        yield return ("time without a zone", new Order { When = new DateTime(1601, 1, 1, 0, 0, 0, DateTimeKind.Unspecified).AddTicks(9_999_999) });
        yield return ("not a number", new Order { Weight = double.NaN });
        yield return ("infinity below zero", new Order { Weight = double.NegativeInfinity });
        // No zero below zero: the client's own binary writer sends it as zero.
        yield return ("decimal with trailing zeros", new Order { Amount = 1.2300m });
        yield return ("many lines", Many());
    }

    /// <summary>The members that differ, each with both values; empty when the two are the same.</summary>
    public static List<string> Differences(Order sent, Order? got)
    {
        if (got is null)
        {
            return ["the whole order came back nil"];
        }

        var differences = new List<string>();
        foreach (var property in typeof(Order).GetProperties())
        {
            var left = Text(property.GetValue(sent));
            var right = Text(property.GetValue(got));
            if (left != right)
            {
                differences.Add($"{property.Name}: sent {Clip(left)}, got {Clip(right)}");
            }
        }

        return differences;
    }

    private static string Clip(string text) => text.Length <= 80 ? text : text[..80] + "...";

    private static string Text(object? value) => value switch
    {
        null => "nil",
        string text => "\"" + text + "\"",
        byte[] bytes => Convert.ToHexString(bytes),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        decimal number => number.ToString(CultureInfo.InvariantCulture),
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture) + "/" + time.Kind,
        TimeSpan span => XmlConvert.ToString(span),
        IEnumerable<string?> texts => "[" + string.Join(",", texts.Select(Text)) + "]",
        IEnumerable<Line?> lines => "[" + string.Join(",", lines.Select(line => line is null ? "nil" : line.Quantity + "x" + Text(line.Sku))) + "]",
        Dictionary<string, int> counts => "{" + string.Join(",", counts.Select(pair => pair.Key + ":" + pair.Value)) + "}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "nil",
    };

    private static Order Recorded() => new()
    {
        Amount = 12345678901234.5678m,
        Big = long.MinValue,
        Blob = Enumerable.Range(0, 300).Select(i => (byte)i).ToArray(),
        Colour = Colour.Green,
        Counts = new() { ["a"] = 1, ["b"] = -1 },
        Customer = "Zoë <&>",
        Id = -7,
        Key = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
        Lines = [new() { Quantity = 1, Sku = "A" }, new() { Quantity = 300000, Sku = null }],
        Maybe = null,
        Rush = true,
        Tags = ["x", null, ""],
        Wait = TimeSpan.FromMilliseconds(1234567),
        Weight = 1.5e-300,
        When = new DateTime(2026, 11, 22, 1, 2, 3, 456, DateTimeKind.Utc),
    };

    private static Order Greatest() => new()
    {
        Amount = decimal.MaxValue,
        Big = long.MaxValue,
        Blob = [255],
        Colour = Colour.Green,
        Counts = new() { [""] = int.MaxValue, ["键"] = int.MinValue },
        Customer = "\U0001F600 \t\n\u00A0 ]]> \uFFFD",
        Id = int.MaxValue,
        Key = Guid.Parse("ffffffff-ffff-ffff-ffff-ffffffffffff"),
        Lines = [new() { Quantity = int.MaxValue, Sku = "\U0001F600" }],
        Maybe = int.MaxValue,
        Note = "present",
        Rush = true,
        Tags = ["a"],
        Wait = TimeSpan.MaxValue,
        Weight = double.MaxValue,
        When = DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc),
    };

    private static Order Least() => new()
    {
        Amount = decimal.MinValue,
        Big = long.MinValue,
        Blob = [0],
        Customer = " ",
        Id = int.MinValue,
        Maybe = int.MinValue,
        Wait = TimeSpan.MinValue,
        Weight = double.Epsilon,
        When = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc),
    };

    private static Order Empty() => new()
    {
        Amount = 0.0000000000000000000000000001m,
        Blob = [],
        Counts = [],
        Customer = "",
        Lines = [],
        Maybe = 0,
        Note = "",
        Tags = [],
        When = new DateTime(2000, 2, 29, 0, 0, 0, DateTimeKind.Utc),
    };

    private static Order Many() => new()
    {
        Lines = Enumerable.Range(0, 500).Select(i => i % 7 == 6 ? null : new Line { Quantity = i, Sku = "sku-" + i }).ToList(),
        Tags = Enumerable.Range(0, 200).Select(i => (string?)("tag " + i)).ToList(),
        Counts = Enumerable.Range(0, 100).ToDictionary(i => "k" + i, i => i * 1000003),
    };
}
