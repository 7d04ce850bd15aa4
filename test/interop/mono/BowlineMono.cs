// A WCF client and a WCF host on Mono's own System.ServiceModel, so that Bowline is proven against a peer that shares no
// line with the .NET implementation. Build and run it through mono.mjs.
//
//   BowlineMono.exe host <calculator-port> <prices-port>   prints "ready", serves until its stdin ends
//   BowlineMono.exe http-host <basic-port> <ws-port>       the same with the calculator over HTTP requests
//   BowlineMono.exe client <calculator-uri> [prices-uri]   prints "ok <case>" or "FAILED <case>: <reason>" for each case
//
// Left out, because Mono 6.8 fails at it between its own client and its own host:
// - Reliable sessions: its binding element for them builds nothing.
// - Two endpoints on one port: each binds its own socket, the second with "Address already in use".
// - A fault in a duplex contract: its duplex client takes only the actions of the contract's own operations for replies, prints
//   the fault to its console and lets the call run into its time limit.
// - Faults for what its host cannot dispatch (a To that is not its listen address, an unknown action, a body that it cannot
//   read): the host drops such a message without an answer, and the call runs into its time limit.
// - Close() of a duplex client: see Cases.Prices.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Serialization;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Threading;

namespace BowlineMono
{
    [DataContract(Namespace = Names.Types)]
    public enum Colour
    {
        [EnumMember] Red,
        [EnumMember] Green,
        [EnumMember] Blue
    }

    [DataContract(Namespace = Names.Types)]
    public class Line
    {
        [DataMember] public int Quantity { get; set; }
        [DataMember] public string Sku { get; set; }
    }

    [DataContract(Namespace = Names.Types)]
    public class Order
    {
        [DataMember] public decimal Amount { get; set; }
        [DataMember] public long Big { get; set; }
        [DataMember] public byte[] Blob { get; set; }
        [DataMember] public Colour Colour { get; set; }
        [DataMember] public string Customer { get; set; }
        [DataMember] public int Id { get; set; }
        [DataMember] public Guid Key { get; set; }
        [DataMember] public List<Line> Lines { get; set; }
        [DataMember] public int? Maybe { get; set; }
        [DataMember] public bool Rush { get; set; }
        [DataMember] public string[] Tags { get; set; }
        [DataMember] public double Weight { get; set; }
        [DataMember] public DateTime When { get; set; }
    }

    [DataContract(Namespace = Names.Types)]
    public class Problem
    {
        [DataMember] public string Why { get; set; }
    }

    public static class Names
    {
        public const string Service = "http://tempuri.org/";
        public const string Types = "http://bowline.example/types";
    }

    [ServiceContract(Namespace = Names.Service)]
    public interface ICalculator
    {
        [OperationContract] int Add(int a, int b);
        [OperationContract] string Echo(string text);
        [OperationContract(IsOneWay = true)] void Log(string text);
        [OperationContract] int LogCount();
        [OperationContract] byte[] Reverse(byte[] data);
        [OperationContract] Order Bounce(Order order);
        [OperationContract, FaultContract(typeof(Problem))] void Fail(string why);
    }

    public interface IPriceCallback
    {
        [OperationContract(IsOneWay = true)] void Price(string symbol, decimal value);
        [OperationContract] bool Confirm(string question);
    }

    [ServiceContract(
        Namespace = Names.Service, SessionMode = SessionMode.Required, CallbackContract = typeof(IPriceCallback))]
    public interface IPrices
    {
        [OperationContract] int Subscribe(string symbol);
        [OperationContract(IsOneWay = true)] void Note(string text);
        [OperationContract] int NoteCount();
    }

    [ServiceBehavior(InstanceContextMode = InstanceContextMode.Single, ConcurrencyMode = ConcurrencyMode.Multiple)]
    public class Calculator : ICalculator
    {
        int logged;

        public int Add(int a, int b) { return a + b; }
        public string Echo(string text) { return text; }
        public void Log(string text) { Interlocked.Increment(ref logged); }
        public int LogCount() { return logged; }
        public byte[] Reverse(byte[] data) { return data == null ? null : Enumerable.Reverse(data).ToArray(); }
        public Order Bounce(Order order) { return order; }

        public void Fail(string why)
        {
            throw new FaultException<Problem>(new Problem { Why = why }, new FaultReason("it was asked to fail: " + why));
        }
    }

    [ServiceBehavior(ConcurrencyMode = ConcurrencyMode.Reentrant)]
    public class Prices : IPrices
    {
        int noted;

        public int Subscribe(string symbol)
        {
            var caller = OperationContext.Current.GetCallbackChannel<IPriceCallback>();
            for (int i = 0; i < 3; i++)
                caller.Price(symbol, i + 0.5m);
            return caller.Confirm("keep " + symbol + "?") ? 3 : -3;
        }

        public void Note(string text) { Interlocked.Increment(ref noted); }
        public int NoteCount() { return noted; }
    }

    [CallbackBehavior(ConcurrencyMode = ConcurrencyMode.Reentrant)]
    public class PriceListener : IPriceCallback
    {
        public readonly List<string> Heard = new List<string>();

        public void Price(string symbol, decimal value)
        {
            lock (Heard)
                Heard.Add(symbol + " " + value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        public bool Confirm(string question)
        {
            lock (Heard)
                Heard.Add(question);
            return true;
        }
    }

    public static class Program
    {
        static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
        static readonly TimeSpan WholeRun = TimeSpan.FromMinutes(3);

        static Binding NewBinding()
        {
            return new NetTcpBinding(SecurityMode.None)
            {
                OpenTimeout = Patience,
                SendTimeout = Patience,
                CloseTimeout = Patience,
                ReceiveTimeout = TimeSpan.FromMinutes(1),
                MaxReceivedMessageSize = 1 << 20,
                // Mono enforces the reader's default of 8,192 characters, which WCF lifts for buffered messages.
                ReaderQuotas = { MaxStringContentLength = 1 << 20 }
            };
        }

        public static int Main(string[] args)
        {
            if (args.Length == 3 && args[0] == "host")
                return RunHost(args[1], args[2]);
            if (args.Length == 3 && args[0] == "http-host")
                return HttpBindings.RunHost(args[1], args[2]);
            if ((args.Length == 2 || args.Length == 3) && args[0] == "client")
            {
                // A stream that ends inside a record makes Mono's reader spin for ever, past every time limit of the binding.
                string pauseMs = Environment.GetEnvironmentVariable("BOWLINE_MONO_PAUSE_MS");
                using (new Timer(_ => Environment.Exit(3), null, WholeRun, Timeout.InfiniteTimeSpan))
                    {
                    Func<Binding> newBinding = NewBinding;
                    if (args[1].StartsWith("http:"))
                        newBinding = () => HttpBindings.For(args[1]);
                    return new Cases(args[1], args.Length == 3 ? args[2] : null, newBinding, int.Parse(pauseMs ?? "0")).Run();
                }
            }
            Console.Error.WriteLine(
                "usage: BowlineMono.exe host <calculator-port> <prices-port> | http-host <basic-port> <ws-port> | client <calculator-uri> [prices-uri]");
            return 2;
        }

        static void Open(Type service, Type contract, string address)
        {
            var host = new ServiceHost(service);
            host.AddServiceEndpoint(contract, NewBinding(), address);
            host.Open();
        }

        static int RunHost(string calculatorPort, string pricesPort)
        {
            Open(typeof(Calculator), typeof(ICalculator), "net.tcp://127.0.0.1:" + calculatorPort + "/calculator");
            Open(typeof(Prices), typeof(IPrices), "net.tcp://127.0.0.1:" + pricesPort + "/prices");
            Console.WriteLine("ready");
            Console.Out.Flush();
            while (Console.In.ReadLine() != null) { }
            // Not Close(): it waits for peers that are still connected, and they may be the reason why we are being stopped.
            Environment.Exit(0);
            return 0;
        }
    }

    /// <summary>Every case opens its own channel, so that one which fails does not take the next with it.</summary>
    public class Cases
    {
        readonly string calculatorUri, pricesUri;
        readonly Func<Binding> newBinding;
        readonly int pauseMs;
        int failures;

        /// <param name="pauseMs">
        /// How long to wait before each connection. Mono's host now and then (1 in 60) loses one that follows closely on the
        /// last, most likely since its TcpChannelListener looks at its queue and adds its wait handle without a lock: no
        /// PreambleAck comes, and Mono's client waits for it without limit. Other hosts need no pause.
        /// </param>
        public Cases(string calculatorUri, string pricesUri, Func<Binding> newBinding, int pauseMs)
        {
            this.pauseMs = pauseMs;
            this.calculatorUri = calculatorUri;
            this.pricesUri = pricesUri;
            this.newBinding = newBinding;
        }

        public int Run()
        {
            Calculator("add", c => Same(42, c.Add(40, 2)));
            Calculator("add-negative", c => Same(-2147483648, c.Add(-2147483647, -1)));
            Calculator("echo-text", c => Same("Zoë <&> \u20AC \U0001F600", c.Echo("Zoë <&> \u20AC \U0001F600")));
            Calculator("echo-empty", c => Same("", c.Echo("")));
            Calculator("echo-nil", c => Same(null, c.Echo(null)));
            Calculator("echo-long", c => Same(new string('x', 40000), c.Echo(new string('x', 40000))));
            Calculator("many-calls", c => { for (int i = 0; i < 50; i++) Same(2 * i, c.Add(i, i)); });
            Calculator("one-way", OneWay);
            Calculator("bytes", c => Same(Hex(Bytes(2000, true)), Hex(c.Reverse(Bytes(2000, false)))));
            Calculator("bytes-empty", c => Same("", Hex(c.Reverse(new byte[0]))));
            Calculator("types", c => SameOrder(NewOrder(), c.Bounce(NewOrder())));
            Calculator("types-nil", c => Same(null, c.Bounce(null)));
            Calculator("typed-fault", TypedFault);
            Calculator("after-fault", c => { TypedFault(c); Same(3, c.Add(1, 2)); });
            // Over HTTP requests a service cannot call its client.
            if (pricesUri != null)
            {
                Prices("callbacks", Callbacks);
                Prices("note", Note);
            }
            return failures == 0 ? 0 : 1;
        }

        void Calculator(string name, Action<ICalculator> body)
        {
            var factory = new ChannelFactory<ICalculator>(newBinding(), new EndpointAddress(calculatorUri));
            Report(name, factory.CreateChannel, body, channel => channel.Close());
        }

        void Prices(string name, Action<IPrices, PriceListener> body)
        {
            var listener = new PriceListener();
            var factory = new DuplexChannelFactory<IPrices>(
                new InstanceContext(listener), newBinding(), new EndpointAddress(pricesUri));
            // Mono's duplex Close() writes the End record and then waits a minute for a handle that its receive loop never sets,
            // to fail with a TimeoutException. Abort() puts the same on the wire: an End record, then the end of the stream.
            Report(name, factory.CreateChannel, prices => body(prices, listener), channel => channel.Abort());
        }

        void Report<T>(string name, Func<T> create, Action<T> body, Action<ICommunicationObject> end)
        {
            Thread.Sleep(pauseMs);
            try
            {
                T channel = create();
                body(channel);
                end((ICommunicationObject)channel);
                Console.WriteLine("ok " + name);
            }
            catch (Exception e)
            {
                failures++;
                string oneLine = e.Message.Replace("\r", " ").Replace("\n", " ");
                Console.WriteLine("FAILED " + name + ": " + e.GetType().Name + " " + oneLine);
                if (Environment.GetEnvironmentVariable("BOWLINE_MONO_TRACE") != null)
                    Console.Error.WriteLine(e);
            }
            Console.Out.Flush();
        }

        static void OneWay(ICalculator c)
        {
            int before = c.LogCount();
            c.Log("one");
            c.Log("two");
            WaitFor(2, () => c.LogCount() - before);
        }

        static void TypedFault(ICalculator c)
        {
            try
            {
                c.Fail("because");
            }
            catch (FaultException<Problem> fault)
            {
                Same("because", fault.Detail.Why);
                return;
            }
            throw new Exception("no FaultException<Problem>");
        }

        static void Callbacks(IPrices prices, PriceListener listener)
        {
            Same(3, prices.Subscribe("ACME"));
            WaitFor(4, () => { lock (listener.Heard) return listener.Heard.Count; });
            lock (listener.Heard)
                Same("ACME 0.5, ACME 1.5, ACME 2.5, keep ACME?", string.Join(", ", listener.Heard));
        }

        static void Note(IPrices prices, PriceListener listener)
        {
            prices.Note("one");
            prices.Note("two");
            WaitFor(2, prices.NoteCount);
        }

        static Order NewOrder()
        {
            return new Order {
                Amount = 12345678901234.5678m,
                Big = long.MinValue,
                Blob = Bytes(300, false),
                Colour = Colour.Green,
                Customer = "Zoë <&>",
                Id = -7,
                Key = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
                Lines = new List<Line> { new Line { Quantity = 1, Sku = "A" }, new Line { Quantity = 300000, Sku = null } },
                Maybe = null,
                Rush = true,
                Tags = new[] { "x", null, "" },
                Weight = 1.5e-300,
                When = new DateTime(2026, 11, 22, 1, 2, 3, 456, DateTimeKind.Utc)
            };
        }

        static void SameOrder(Order want, Order got)
        {
            Same(want.Amount, got.Amount);
            Same(want.Big, got.Big);
            Same(Hex(want.Blob), Hex(got.Blob));
            Same(want.Colour, got.Colour);
            Same(want.Customer, got.Customer);
            Same(want.Id, got.Id);
            Same(want.Key, got.Key);
            Same(Joined(want.Lines), Joined(got.Lines));
            Same(null, got.Lines[1].Sku);
            Same(want.Maybe, got.Maybe);
            Same(want.Rush, got.Rush);
            Same(string.Join("|", want.Tags), string.Join("|", got.Tags));
            Same(null, got.Tags[1]);
            Same(want.Weight, got.Weight);
            Same(want.When, got.When);
            Same(want.When.Kind, got.When.Kind);
        }

        static string Joined(List<Line> lines) { return string.Join("|", lines.Select(line => line.Quantity + line.Sku)); }

        static byte[] Bytes(int count, bool reversed)
        {
            return Enumerable.Range(0, count).Select(i => (byte)(reversed ? count - 1 - i : i)).ToArray();
        }

        static string Hex(byte[] bytes) { return bytes == null ? null : BitConverter.ToString(bytes); }

        static void Same(object want, object got)
        {
            if (!Equals(want, got))
                throw new Exception("expected " + Shown(want) + ", got " + Shown(got));
        }

        static string Shown(object value)
        {
            string text = value == null ? "nil" : value.ToString();
            return text.Length > 80 ? text.Substring(0, 80) + "..." : text;
        }

        /// <summary>A one-way call returns before the other side has run it, so its effect is polled for, with a limit.</summary>
        static void WaitFor(int want, Func<int> read)
        {
            int got = read();
            for (int i = 0; i < 50 && got < want; i++)
            {
                Thread.Sleep(20);
                got = read();
            }
            Same(want, got);
        }
    }
}
