using System.Diagnostics;
using System.ServiceModel;
using System.ServiceModel.Security;

namespace Bowline.Interop;

/// <summary>What a client relies on when it is used to a service of .NET: instances, concurrency, one-way operations, faults.</summary>
[ServiceContract(
    Namespace = "http://tempuri.org/",
    Name = "ITeller",
    ConfigurationName = "ITeller",
    SessionMode = SessionMode.Required,
    CallbackContract = typeof(ITellerCallback))]
public interface ITeller
{
    /// <summary>Counts up in the instance.</summary>
    [OperationContract]
    int Next();

    /// <summary>How many of these were in the instance at the same time, at most.</summary>
    [OperationContract]
    Task<int> CrowdAsync(int delayMs);

    [OperationContract(IsOneWay = true)]
    void Post(int number);

    [OperationContract]
    int[] Posted();

    /// <summary>Calls back Confirm(n) and answers what that answered.</summary>
    [OperationContract]
    [FaultContract(typeof(Problem))]
    Task<int> AskWithinAsync(int n);

    /// <summary>Not allowed.</summary>
    [OperationContract]
    int Secret();

    [OperationContract]
    [FaultContract(typeof(Problem))]
    int Refuse(string why);

    /// <summary>A hook of the service never comes back.</summary>
    [OperationContract]
    Task<int> StuckAsync();
}

public interface ITellerCallback
{
    [OperationContract]
    int Confirm(int n);
}

public static class DispatchCases
{
    public static readonly IReadOnlyList<Case> All =
    [
        new("instance-per-session", InstancePerSession),
        new("concurrency-single", ConcurrencySingle),
        new("concurrency-single-refuses-callbacks", ConcurrencySingleRefusesCallbacks),
        new("concurrency-reentrant-calls-back", ConcurrencyReentrantCallsBack),
        new("access-denied-and-typed-fault", AccessDeniedAndTypedFault),
        new("stuck-hook", StuckHook),
    ];

    /// <summary>R-WCF-DISPATCH-4: InstanceContextMode.PerSession.</summary>
    private static string InstancePerSession(Peer peer, CaseOptions options)
    {
        var (one, other) = (Open(peer, "single"), Open(peer, "single"));
        Check.Equal("1 2 1 3 2", string.Join(' ', one.Next(), one.Next(), other.Next(), one.Next(), other.Next()), "Next of two sessions");
        Peer.Close(one);
        Check.Equal(3, other.Next(), "Next after the other session's end");
        Peer.Close(other);
        var third = Open(peer, "single");
        Check.Equal(1, third.Next(), "Next of a new session");
        Peer.Close(third);
        return "3 sessions, each with an instance of its own";
    }

    /// <summary>R-WCF-DISPATCH-1: one operation at a time, in order, one-way operations among them.</summary>
    private static string ConcurrencySingle(Peer peer, CaseOptions options)
    {
        var teller = Open(peer, "single");
        for (var number = 1; number <= 20; number++)
        {
            teller.Post(number);
        }

        // Its turn comes when all before it are through: what was posted is there, though nobody waited for it.
        var posted = teller.Posted();
        var wanted = string.Join(' ', Enumerable.Range(1, 20));
        if (peer.Flavour.Ordered)
        {
            Check.Equal(wanted, string.Join(' ', posted), "what was posted before");
        }
        else
        {
            posted = Check.Eventually(teller.Posted, seen => seen.Length == 20, TimeSpan.FromSeconds(5));
            Check.Equal(wanted, string.Join(' ', posted.Order()), "what was posted");
        }

        var crowd = Task.WhenAll(Enumerable.Range(0, 5).Select(_ => teller.CrowdAsync(20))).GetAwaiter().GetResult();
        Check.Equal(1, crowd.Max(), "operations in the instance at the same time");
        Peer.Close(teller);
        return "20 one-way calls were through before the call behind them; 5 calls at once ran one at a time";
    }

    /// <summary>R-WCF-DISPATCH-2: the callback is refused at once, instead of a deadlock until the time-out.</summary>
    private static string ConcurrencySingleRefusesCallbacks(Peer peer, CaseOptions options)
    {
        var teller = Open(peer, "single");
        var watch = Stopwatch.StartNew();
        var fault = Check.Throws<FaultException<Problem>>(() => teller.AskWithinAsync(3).GetAwaiter().GetResult(), "AskWithin(3)");
        Check.Equal("SERVER_CALLBACK_WOULD_DEADLOCK", fault.Detail.Why, "the fault's Why");
        Check.True(watch.ElapsedMilliseconds < 2_000, $"the refusal took {watch.ElapsedMilliseconds} ms");
        Check.Equal(1, teller.Next(), "Next after the refusal");
        Peer.Close(teller);
        return $"refused after {watch.ElapsedMilliseconds} ms, the session lived on";
    }

    /// <summary>R-WCF-DISPATCH-3: the client calls the service while it answers the service's callback.</summary>
    private static string ConcurrencyReentrantCallsBack(Peer peer, CaseOptions options)
    {
        var callback = new Callback();
        var teller = peer.Duplex<ITeller>(callback, "reentrant");
        callback.Answer = n => n + (10 * teller.Next());
        Check.Equal(13, teller.AskWithinAsync(3).GetAwaiter().GetResult(), "AskWithin(3)");
        Check.Equal(24, teller.AskWithinAsync(4).GetAwaiter().GetResult(), "AskWithin(4)");
        Check.Equal(3, teller.Next(), "Next after two within callbacks");
        Peer.Close(teller);
        return "a call within a callback within a call, twice";
    }

    /// <summary>R-WCF-DISPATCH-5, and faults of the contract from behind hooks.</summary>
    private static string AccessDeniedAndTypedFault(Peer peer, CaseOptions options)
    {
        var teller = Open(peer, "single");
        var denied = Check.Throws<SecurityAccessDeniedException>(() => teller.Secret(), "Secret()");
        Check.Equal("Access is denied.", denied.Message, "the reason");
        var fault = Check.Throws<FaultException<Problem>>(() => teller.Refuse("so it is"), "Refuse");
        Check.Equal("so it is", fault.Detail.Why, "the fault's Why");
        Check.Equal(1, teller.Next(), "Next after two faults");
        Peer.Close(teller);
        return $"{denied.GetType().Name}, then FaultException<Problem>, the session lived on";
    }

    /// <summary>R-HOST-DEADLINE-2: a hook that never comes back costs its call, and nothing else.</summary>
    private static string StuckHook(Peer peer, CaseOptions options)
    {
        var teller = Open(peer, "reentrant");
        var watch = Stopwatch.StartNew();
        var stuck = teller.StuckAsync();
        Check.Equal(5, Task.WhenAll(Enumerable.Range(0, 5).Select(_ => teller.CrowdAsync(1))).GetAwaiter().GetResult().Length, "calls beside it");
        var fault = Check.Throws<FaultException>(() => stuck.GetAwaiter().GetResult(), "Stuck()");
        var waited = watch.ElapsedMilliseconds;
        Check.Equal("DeadlineExceeded", fault.Code.SubCode?.Name, "the fault's subcode");
        Check.True(fault.Message.Contains("callContexts[0] ledger", StringComparison.Ordinal), $"the hook is not named: {fault.Message}");
        Check.Equal(1, teller.Next(), "Next after the deadline");
        Peer.Close(teller);
        return $"a fault after {waited} ms names the hook, the session lived on";
    }

    private static ITeller Open(Peer peer, string service) => peer.Duplex<ITeller>(new Callback(), service);

    [CallbackBehavior(ConcurrencyMode = ConcurrencyMode.Reentrant, UseSynchronizationContext = false)]
    private sealed class Callback : ITellerCallback
    {
        public Func<int, int> Answer { get; set; } = n => n;

        public int Confirm(int n) => Answer(n);
    }
}
