using System.Globalization;
using System.Text.Json;

namespace Bowline.Codec;

/// <summary>How single values travel in JSON: floats as their bits, 64-bit numbers as text, times as ticks.</summary>
public static class Values
{
    public static float FloatOfBits(string hex)
    {
        return hex == "NaN" ? float.NaN : BitConverter.Int32BitsToSingle(int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    public static double DoubleOfBits(string hex)
    {
        return hex == "NaN" ? double.NaN : BitConverter.Int64BitsToDouble(long.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    public static string BitsOf(float value)
    {
        return float.IsNaN(value) ? "NaN" : BitConverter.SingleToInt32Bits(value).ToString("x8", CultureInfo.InvariantCulture);
    }

    public static string BitsOf(double value)
    {
        return double.IsNaN(value) ? "NaN" : BitConverter.DoubleToInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture);
    }

    /// <summary>["dateTime", ticks, "unspecified" | "utc" | "local"]; the program runs in the time zone UTC, so local ticks are UTC ticks.</summary>
    public static DateTime DateTimeOf(JsonElement item)
    {
        return new DateTime(long.Parse(item[1].GetString()!, CultureInfo.InvariantCulture), Enum.Parse<DateTimeKind>(item[2].GetString()!, true));
    }
}
