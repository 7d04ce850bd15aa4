// The same over HTTP requests: BasicHttpBinding and WSHttpBinding, without security and without sessions.

using System;
using System.ServiceModel;
using System.ServiceModel.Channels;

namespace BowlineMono
{
    /// <summary>The binding that an address stands for: the last part of its path says which.</summary>
    public static class HttpBindings
    {
        static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

        public static Binding For(string address)
        {
            return address.EndsWith("/basic") ? Basic() : WithAddressing();
        }

        public static int RunHost(string basicPort, string wsPort)
        {
            Open("http://127.0.0.1:" + basicPort + "/basic");
            Open("http://127.0.0.1:" + wsPort + "/ws");
            Console.WriteLine("ready");
            Console.Out.Flush();
            while (Console.In.ReadLine() != null) { }
            Environment.Exit(0);
            return 0;
        }

        static void Open(string address)
        {
            var host = new ServiceHost(typeof(Calculator));
            host.AddServiceEndpoint(typeof(ICalculator), For(address), address);
            host.Open();
        }

        static Binding Basic()
        {
            return new BasicHttpBinding {
                OpenTimeout = Patience,
                SendTimeout = Patience,
                CloseTimeout = Patience,
                MaxReceivedMessageSize = 1 << 20,
                ReaderQuotas = { MaxStringContentLength = 1 << 20 }
            };
        }

        static Binding WithAddressing()
        {
            return new WSHttpBinding(SecurityMode.None) {
                OpenTimeout = Patience,
                SendTimeout = Patience,
                CloseTimeout = Patience,
                MaxReceivedMessageSize = 1 << 20,
                ReaderQuotas = { MaxStringContentLength = 1 << 20 }
            };
        }
    }
}
