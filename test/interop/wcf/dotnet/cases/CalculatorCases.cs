using System.ServiceModel;

namespace Bowline.Interop;

/// <summary>Plain values both ways, and one-way calls between two-way ones.</summary>
public static class CalculatorCases
{
    private static readonly BindingChoices LargeMessages = new() { Large = true };

    public static readonly IReadOnlyList<Case> All =
    [
        new("request-reply", RequestReply),
        new("long-strings-and-bytes", LongStringsAndBytes),
        new("one-way-then-count", OneWayThenCount),
        new("net-tcp-binding", NetTcpBindingWithDefaults) { Applies = flavour => flavour is { Version: "1.0", Ordered: true } },
        new("net-tcp-binding-plain", NetTcpBindingWithoutSession) { Applies = flavour => !flavour.Reliable },
    ];

    private static string RequestReply(Peer peer, CaseOptions options)
    {
        var calculator = peer.Calculator();
        var calls = Converse(calculator);
        Peer.Close(calculator);
        return $"{calls} calls with the default socket buffers";
    }

    /// <summary>A fixed talk about small values; gives the number of calls.</summary>
    private static int Converse(ICalculator calculator)
    {
        (int A, int B)[] sums = [(2, 3), (0, 0), (-1, 1), (int.MaxValue, 0), (int.MinValue, 0), (int.MinValue, int.MaxValue), (127, 128), (-32768, -1)];
        foreach (var (a, b) in sums)
        {
            Check.Equal(a + b, calculator.Add(a, b), $"Add({a}, {b})");
        }

        string?[] texts =
        [
            "héllo é中", "", null, new string('x', 200), "\U0001F600 beyond the basic plane", "<a b=\"c\">&amp;</a> ]]>",
            " spaces\tand\nlines\r\n ", "\u00A0\u2028\uFFFD", "0", "true",
        ];
        foreach (var text in texts)
        {
            Check.Equal(text, calculator.Echo(text), "Echo");
        }

        Check.SameBytes([3, 2, 1], calculator.Reverse([1, 2, 3]), "Reverse");
        Check.SameBytes([], calculator.Reverse([]), "Reverse of nothing");
        return sums.Length + texts.Length + 2;
    }

    private static string LongStringsAndBytes(Peer peer, CaseOptions options)
    {
        var calculator = peer.Calculator(LargeMessages);
        foreach (var length in (int[])[255, 256, 257, 4_000, 8_192, 8_193, 32_767, 40_000])
        {
            var text = new string('a', length - 1) + "z";
            Check.Equal(text, calculator.Echo(text), $"Echo of {length} characters");
        }

        // Three bytes of UTF-8 each, so that characters are cut by whatever chunks the text is written in.
        var wide = string.Concat(Enumerable.Range(0, 10_000).Select(i => (char)(0x4E00 + i)));
        Check.Equal(wide, calculator.Echo(wide), "Echo of 10000 wide characters");

        foreach (var length in (int[])[255, 256, 257, 1_000, 30_001, 60_000])
        {
            var bytes = new byte[length];
            new Random(length).NextBytes(bytes);
            Check.SameBytes(Enumerable.Reverse(bytes).ToArray(), calculator.Reverse(bytes), $"Reverse of {length} bytes");
        }

        Peer.Close(calculator);
        return "strings up to 40000 characters, 60000 bytes";
    }

    private static string OneWayThenCount(Peer peer, CaseOptions options)
    {
        const int Count = 20;
        var calculator = peer.Calculator();
        var before = calculator.LogCount();
        for (var i = 0; i < Count; i++)
        {
            calculator.Log("one-way " + i);
        }

        // In order means that all of them were delivered before the question; else they may still be under way.
        var after = peer.Flavour.Ordered
            ? calculator.LogCount()
            : Check.Eventually(calculator.LogCount, count => count - before >= Count, TimeSpan.FromSeconds(5));
        Check.Equal(Count, after - before, "one-way calls counted");

        // A repeated message must not count twice: wait for the longest acknowledgement interval and ask again.
        Thread.Sleep(400);
        Check.Equal(Count, calculator.LogCount() - before, "one-way calls counted a little later");
        Peer.Close(calculator);
        return $"{Count} counted once each";
    }

    private static string NetTcpBindingWithDefaults(Peer peer, CaseOptions options)
    {
        var binding = NewNetTcpBinding(peer);
        binding.ReliableSession.Enabled = true;
        return OverNetTcpBinding(peer, binding);
    }

    private static string NetTcpBindingWithoutSession(Peer peer, CaseOptions options) =>
        OverNetTcpBinding(peer, NewNetTcpBinding(peer));

    private static NetTcpBinding NewNetTcpBinding(Peer peer)
    {
        var binding = new NetTcpBinding(peer.Flavour.Secure ? SecurityMode.Transport : SecurityMode.None);
        binding.Security.Transport.ClientCredentialType = TcpClientCredentialType.None;
        return binding;
    }

    private static string OverNetTcpBinding(Peer peer, NetTcpBinding binding)
    {
        var calculator = peer.Open(peer.CalculatorFactory(binding));
        var calls = Converse(calculator);
        Peer.Close(calculator);
        return $"{calls} calls over NetTcpBinding with its defaults";
    }
}
