using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Bowline.Interop;

/// <summary>
/// Calls a host as a WCF client does and says what came of it: a line `ok|FAILED name [flavour]: remark` for each case, a summary
/// line at the end. Exit code 0 when all cases are ok, 1 when one failed, 2 for a wrong command line.
/// </summary>
public static class Program
{
    private const string Usage =
        "usage: WcfClient <base-uri> [--case name]... [--version 1.0|1.1|none] [--ordered true|false] [--encoding binary|text] [--calls 500] [--transfer-window 8] [--plain-threads] [--secure] [--list]";

    public static int Main(string[] arguments)
    {
        // The client waits in pool threads; with the default minimum of one per core it would be starved by its own waiting.
        ThreadPool.SetMinThreads(128, 128);

        var command = CommandLine.Parse(arguments, out var problem);
        if (command is null)
        {
            Console.Error.WriteLine(problem);
            Console.Error.WriteLine(Usage);
            return 2;
        }

        if (command.PlainThreads && !Internals.StartThreadsWithoutContext())
        {
            Console.Error.WriteLine("--plain-threads does not know the scheduler of this version of WCF");
            return 2;
        }

        var runs =
            from wanted in Flavour.Over(command.BaseUri).Where(command.Wants)
            let flavour = wanted with { TransferWindow = command.TransferWindow, Secure = command.Secure }
            from one in Case.All.Where(one => command.Wants(one) && one.AppliesTo(flavour))
            select (one, flavour);
        if (command.List)
        {
            foreach (var (one, flavour) in runs)
            {
                Console.WriteLine($"{one.Name} [{flavour.Label}]");
            }

            return 0;
        }

        var watch = Stopwatch.StartNew();
        var (ok, failed) = (0, 0);

        // A reliable client tries to open until its time is over, so an absent host would cost every case twenty seconds.
        var absence = Absence(command.BaseUri);
        foreach (var (one, flavour) in runs)
        {
            var (good, remark) = absence is null ? Run(one, flavour, command) : (false, absence);
            _ = good ? ok++ : failed++;
            Console.WriteLine($"{(good ? "ok" : "FAILED")} {one.Name} [{flavour.Label}]: {remark}");
        }

        var seconds = watch.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        Console.WriteLine($"summary: {ok} ok, {failed} failed in {seconds} s");
        Console.Out.Flush();

        // A case that was given up may still hold threads; it must not hold the process.
        Environment.Exit(failed == 0 && ok > 0 ? 0 : 1);
        return 1;
    }

    /// <summary>Nothing when somebody listens at the base URI, else what the connection attempt said.</summary>
    private static string? Absence(Uri baseUri)
    {
        try
        {
            using var connection = new TcpClient();
            return connection.ConnectAsync(baseUri.Host, baseUri.Port).Wait(TimeSpan.FromSeconds(5))
                ? null
                : $"no connection to {baseUri.Authority} within 5 s";
        }
        catch (AggregateException exception)
        {
            return $"no connection to {baseUri.Authority}: {Check.OneLine(exception.InnerExceptions[0].Message)}";
        }
    }

    private static (bool Good, string Remark) Run(Case one, Flavour flavour, CommandLine command)
    {
        using var peer = new Peer(command.BaseUri, flavour);
        var watch = Stopwatch.StartNew();
        var run = Task.Factory.StartNew(() => one.Run(peer, new CaseOptions(command.Calls)), TaskCreationOptions.LongRunning);
        try
        {
            if (!run.Wait(one.Limit))
            {
                return (false, $"still running after {one.Limit.TotalSeconds} s");
            }

            return (true, Check.OneLine($"{run.Result} ({watch.ElapsedMilliseconds} ms)"));
        }
        catch (AggregateException exception)
        {
            var failure = exception.Flatten().InnerExceptions[0];
            var held = IsTimeout(failure) ? peer.HeldMessageCount() : 0;
            var stall = held == 0 ? "" : $"; the client holds {held} acknowledged messages that it does not deliver";
            return (false, Check.Describe(failure) + stall);
        }
    }

    private static bool IsTimeout(Exception? exception) =>
        exception is TimeoutException || (exception is not null && IsTimeout(exception.InnerException));
}
