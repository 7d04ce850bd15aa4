using System.Diagnostics;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.ServiceModel.Security;

namespace Bowline.Interop;

/// <summary>One service of the host under test. Everything that it opened is aborted when the case is over.</summary>
public sealed class Peer(Uri baseUri, Flavour flavour) : IDisposable
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MomentOfRest = TimeSpan.FromMilliseconds(200);
    private readonly List<ICommunicationObject> opened = [];

    public Flavour Flavour { get; } = flavour;

    public ICalculator Calculator(BindingChoices? choices = null) => Open(CalculatorFactory(choices));

    /// <summary>A calculator whose host ends a session after 2 s without an application message.</summary>
    public ICalculator HastyCalculator(BindingChoices? choices = null) =>
        Open(Keep(new ChannelFactory<ICalculator>(Flavour.Binding(choices ?? new()), Address("hasty"))));

    public IRich Rich(BindingChoices? choices = null) =>
        Open(Keep(new ChannelFactory<IRich>(Flavour.Binding(choices ?? new()), Address("rich"))));

    public ILog Log(BindingChoices? choices = null) =>
        Open(Keep(new ChannelFactory<ILog>(Flavour.Binding(choices ?? new()), Address("log"))));

    public IPrices Prices(IPriceCallback callback, BindingChoices? choices = null) =>
        Open(Keep(new DuplexChannelFactory<IPrices>(new InstanceContext(callback), Flavour.Binding(choices ?? new()), Address("prices"))));

    public IPrices Prices(IPriceCallback callback, Binding binding) =>
        Open(Keep(new DuplexChannelFactory<IPrices>(new InstanceContext(callback), binding, Address("prices"))));

    /// <summary>A service with callbacks of another contract.</summary>
    public T Duplex<T>(object callback, string service) =>
        Open(Keep(new DuplexChannelFactory<T>(new InstanceContext(callback), Flavour.Binding(new()), Address(service))));

    public ChannelFactory<ICalculator> CalculatorFactory(BindingChoices? choices = null) =>
        Keep(new ChannelFactory<ICalculator>(Flavour.Binding(choices ?? new()), Address("calculator")));

    public ChannelFactory<ICalculator> CalculatorFactory(Binding binding) =>
        Keep(new ChannelFactory<ICalculator>(binding, Address("calculator")));

    /// <summary>A factory for a path that no service has.</summary>
    public ChannelFactory<ICalculator> Nowhere(BindingChoices choices) =>
        Keep(new ChannelFactory<ICalculator>(Flavour.Binding(choices), new EndpointAddress(At(Flavour.Path("no-such-service")))));

    public T Open<T>(ChannelFactory<T> factory)
    {
        var channel = factory.CreateChannel();
        lock (opened)
        {
            opened.Add((ICommunicationObject)channel!);
        }

        ((ICommunicationObject)channel!).Open();
        return channel;
    }

    /// <summary>The channel itself, without a proxy.</summary>
    public IDuplexSessionChannel Open(Binding binding, string service)
    {
        var factory = Keep(binding.BuildChannelFactory<IDuplexSessionChannel>());
        factory.Open();
        var channel = factory.CreateChannel(Address(service));
        lock (opened)
        {
            opened.Add(channel);
        }

        channel.Open();
        return channel;
    }

    /// <summary>
    /// Closes politely and gives the milliseconds that it took; every case that is not about something else ends with it, so that a
    /// close that hangs, or waits for a timer, is seen.
    /// </summary>
    public static long Close(object channel)
    {
        var watch = Stopwatch.StartNew();
        ((ICommunicationObject)channel).Close();
        Check.True(watch.Elapsed < CloseLimit, $"Close() took {watch.ElapsedMilliseconds} ms; at most {CloseLimit.TotalMilliseconds} are allowed");
        return watch.ElapsedMilliseconds;
    }

    public static CommunicationState StateOf(object channel) => ((ICommunicationObject)channel).State;

    /// <summary>
    /// Messages that the channels have acknowledged and keep to themselves, asked twice so that one which just arrives is not meant.
    /// </summary>
    public int HeldMessageCount()
    {
        IChannel[] channels;
        lock (opened)
        {
            channels = [.. opened.OfType<IChannel>()];
        }

        var before = channels.Sum(Internals.HeldMessageCount);
        Thread.Sleep(MomentOfRest);
        return Math.Min(before, channels.Sum(Internals.HeldMessageCount));
    }

    public void Dispose()
    {
        lock (opened)
        {
            // Channels before their factories, or the factory's own abort would wait for them.
            for (var at = opened.Count - 1; at >= 0; at--)
            {
                opened[at].Abort();
            }

            opened.Clear();
        }
    }

    private EndpointAddress Address(string service) =>
        Flavour.Secure ? new(At(Flavour.Path(service)), new DnsEndpointIdentity("localhost")) : new(At(Flavour.Path(service)));

    private Uri At(string path) => new($"{baseUri.AbsoluteUri.TrimEnd('/')}/{path}");

    private TFactory Keep<TFactory>(TFactory factory)
        where TFactory : ICommunicationObject
    {
        if (Flavour.Secure && factory is ChannelFactory { Credentials: { } credentials })
        {
            // The authority of the host's certificate is made for one run.
            credentials.ServiceCertificate.SslCertificateAuthentication = new() { CertificateValidationMode = X509CertificateValidationMode.None };
        }

        lock (opened)
        {
            opened.Add(factory);
        }

        return factory;
    }
}
