using System.Text;
using System.Xml;

namespace Bowline.Codec;

/// <summary>The sender's string table of one direction, with WCF's cost rule and its budget of 2048 bytes.</summary>
public sealed class BudgetedWriterSession : XmlBinaryWriterSession
{
    private readonly List<XmlDictionaryString> added = [];
    private int remainingByteLength = 2048;

    public override bool TryAdd(XmlDictionaryString value, out int key)
    {
        key = -1;
        if (remainingByteLength == 0) return false;
        int byteLength = Encoding.UTF8.GetByteCount(value.Value);
        byteLength += MultiByteInteger.ByteLength(byteLength);
        if (byteLength > remainingByteLength)
        {
            remainingByteLength = 0;
            return false;
        }

        if (!base.TryAdd(value, out key)) return false;
        added.Add(value);
        remainingByteLength -= byteLength;
        return true;
    }

    /// <summary>The table part of a message: what was added since the last call, without its size.</summary>
    public byte[] TakeTable()
    {
        var table = new MemoryStream();
        foreach (XmlDictionaryString entry in added)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(entry.Value);
            MultiByteInteger.Write(table, bytes.Length);
            table.Write(bytes);
        }

        added.Clear();
        return table.ToArray();
    }
}

/// <summary>The receiver's string table of one direction, filled as WCF's encoder fills it.</summary>
public sealed class FilledReaderSession
{
    private int count;

    public XmlBinaryReaderSession Session { get; } = new();

    public void AddTable(byte[] table)
    {
        int at = 0;
        while (at < table.Length)
        {
            int byteLength = MultiByteInteger.Read(table, ref at);
            if (byteLength > table.Length - at) throw new InvalidDataException("A string of the table ends after the table.");
            Session.Add(count++, Encoding.UTF8.GetString(table, at, byteLength));
            at += byteLength;
        }
    }
}

/// <summary>The integers of 7 bits per octet that both specifications use.</summary>
public static class MultiByteInteger
{
    public static int ByteLength(int value)
    {
        int length = 1;
        while ((value & ~0x7F) != 0)
        {
            value >>= 7;
            length++;
        }

        return length;
    }

    public static void Write(Stream stream, int value)
    {
        while ((value & ~0x7F) != 0)
        {
            stream.WriteByte((byte)((value & 0x7F) | 0x80));
            value >>= 7;
        }

        stream.WriteByte((byte)value);
    }

    public static int Read(byte[] bytes, ref int at)
    {
        int value = 0;
        int shift = 0;
        while (true)
        {
            if (at >= bytes.Length || shift > 28) throw new InvalidDataException("A length in the table is not complete.");
            byte next = bytes[at++];
            value |= (next & 0x7F) << shift;
            shift += 7;
            if ((next & 0x80) == 0) return value;
        }
    }
}
