using System.ServiceModel;
using System.ServiceModel.Channels;

namespace Bowline.Interop;

/// <summary>Callbacks while the operation runs, one-way and two-way.</summary>
public static class PriceCases
{
    public static readonly IReadOnlyList<Case> All =
    [
        new("duplex-callbacks", Callbacks),
        new("duplex-callbacks-of-many-sessions", CallbacksOfManySessions),
    ];

    private static string Callbacks(Peer peer, CaseOptions options)
    {
        var callback = new Callback();
        return Converse(peer, peer.Prices(callback), callback);
    }

    /// <summary>The same with a binding of its own.</summary>
    public static string CallBack(Peer peer, Binding binding)
    {
        var callback = new Callback();
        return Converse(peer, peer.Prices(callback, binding), callback);
    }

    private static string Converse(Peer peer, IPrices prices, Callback callback)
    {
        Subscribe(prices, callback, "ACME", 3, peer.Flavour.Ordered);
        Subscribe(prices, callback, "Zoë", 5, peer.Flavour.Ordered);
        prices.Note("done");
        Peer.Close(prices);
        return "8 one-way and 2 two-way callbacks in 2 operations";
    }

    private static string CallbacksOfManySessions(Peer peer, CaseOptions options)
    {
        const int Sessions = 8;
        var talks = Enumerable.Range(0, Sessions).Select(i => Task.Factory.StartNew(
            () =>
            {
                var callback = new Callback();
                var prices = peer.Prices(callback);
                for (var round = 0; round < 3; round++)
                {
                    Subscribe(prices, callback, $"S{i}R{round}", 4, peer.Flavour.Ordered);
                }

                Peer.Close(prices);
            },
            TaskCreationOptions.LongRunning)).ToArray();
        Task.WhenAll(talks).GetAwaiter().GetResult();
        return $"{Sessions} sessions, each with its own callbacks";
    }

    private static void Subscribe(IPrices prices, Callback callback, string symbol, int count, bool ordered)
    {
        callback.Forget();
        Check.Equal(count, prices.SubscribeAsync(symbol, count).GetAwaiter().GetResult(), $"Subscribe({symbol}, {count})");

        var expected = Enumerable.Range(0, count).Select(i => $"{symbol}={(i + 0.5).ToString(System.Globalization.CultureInfo.InvariantCulture)}");
        // The client dispatches one-way callbacks by itself; they may be under way when the reply is there.
        var got = Check.Eventually(callback.Prices, seen => seen.Count >= count, TimeSpan.FromSeconds(5));
        var wanted = string.Join(" ", expected);
        var seen = string.Join(" ", ordered ? got : got.Order(StringComparer.Ordinal));
        Check.Equal(wanted, seen, "Price callbacks");
        Check.Equal(7 * count, callback.Asked, "Confirm callback's argument");
    }

    [CallbackBehavior(ConcurrencyMode = ConcurrencyMode.Single, UseSynchronizationContext = false)]
    private sealed class Callback : IPriceCallback
    {
        private readonly List<string> prices = [];
        private int asked;

        public int Asked => Volatile.Read(ref asked);

        public void Price(string symbol, double value)
        {
            lock (prices)
            {
                prices.Add($"{symbol}={value.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
            }
        }

        public int Confirm(int n)
        {
            Volatile.Write(ref asked, n);
            return n * 2;
        }

        public List<string> Prices()
        {
            lock (prices)
            {
                return [.. prices];
            }
        }

        public void Forget()
        {
            lock (prices)
            {
                prices.Clear();
            }

            Volatile.Write(ref asked, 0);
        }
    }
}
