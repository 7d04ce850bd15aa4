using System.ServiceModel;

namespace Bowline.Interop;

/// <summary>A case says what it wanted and what it got instead.</summary>
public sealed class CheckFailedException(string message, Exception? cause = null) : Exception(message, cause);

public static class Check
{
    public static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new CheckFailedException($"{what}: expected {Show(expected)}, got {Show(actual)}");
        }
    }

    public static void True(bool condition, string message)
    {
        if (!condition)
        {
            throw new CheckFailedException(message);
        }
    }

    public static void SameBytes(byte[] expected, byte[]? actual, string what)
    {
        True(actual is not null, $"{what}: expected {expected.Length} bytes, got nil");
        True(
            expected.AsSpan().SequenceEqual(actual),
            $"{what}: {expected.Length} bytes sent, {actual!.Length} came back, first difference at {expected.AsSpan().CommonPrefixLength(actual)}");
    }

    /// <summary>Runs what has to fail and gives the exception; any other exception is the case's failure.</summary>
    public static TException Throws<TException>(Action action, string what)
        where TException : Exception
    {
        try
        {
            action();
        }
        catch (TException expected)
        {
            return expected;
        }
        catch (Exception other)
        {
            throw new CheckFailedException($"{what}: expected {typeof(TException).Name}, got {Describe(other)}");
        }

        throw new CheckFailedException($"{what}: expected {typeof(TException).Name}, but nothing was thrown");
    }

    /// <summary>Asks until the answer is as wanted; at the latest after the time limit it gives the last answer.</summary>
    public static T Eventually<T>(Func<T> ask, Func<T, bool> wanted, TimeSpan limit)
    {
        var until = DateTime.UtcNow + limit;
        while (true)
        {
            var answer = ask();
            if (wanted(answer) || DateTime.UtcNow > until)
            {
                return answer;
            }

            Thread.Sleep(20);
        }
    }

    /// <summary>Type and message of an exception and of what caused it, on one line.</summary>
    public static string Describe(Exception exception)
    {
        var parts = new List<string>();
        for (Exception? at = exception; at is not null && parts.Count < 4; at = at.InnerException)
        {
            var code = at is FaultException fault ? $" ({fault.Code.Name}/{fault.Code.SubCode?.Name})" : "";
            parts.Add(at is CheckFailedException ? at.Message : $"{at.GetType().Name}{code}: {at.Message}");
        }

        return OneLine(string.Join(" <- ", parts));
    }

    public static string OneLine(string text)
    {
        var line = string.Join(' ', text.Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= 600 ? line : line[..600] + "...";
    }

    private static string Show<T>(T value) => value switch
    {
        null => "nil",
        string text => text.Length <= 60 ? $"\"{text}\"" : $"\"{text[..60]}...\" ({text.Length} characters)",
        _ => value.ToString() ?? "",
    };
}
