using System.ServiceModel;

namespace Bowline.Interop;

/// <summary>Data contracts and faults.</summary>
public static class RichCases
{
    private static readonly BindingChoices LargeMessages = new() { Large = true };

    public static readonly IReadOnlyList<Case> All =
    [
        new("data-contract", DataContracts),
        new("nil-arguments", NilArguments),
        new("typed-fault", TypedFault),
        new("undeclared-exception", UndeclaredException),
    ];

    private static string DataContracts(Peer peer, CaseOptions options)
    {
        var rich = peer.Rich(LargeMessages);
        var orders = 0;
        foreach (var (name, order) in OrderSamples.All())
        {
            var differences = OrderSamples.Differences(order, rich.Bounce(order));
            Check.True(differences.Count == 0, $"an order with {name} came back changed: {string.Join("; ", differences)}");
            orders++;
        }

        var bytes = new byte[2_000];
        new Random(1).NextBytes(bytes);
        Check.SameBytes(bytes, rich.Bytes(bytes), "Bytes");
        Check.SameBytes([], rich.Bytes([]), "Bytes of nothing");
        Peer.Close(rich);
        return $"{orders} orders came back the same, member by member";
    }

    private static string NilArguments(Peer peer, CaseOptions options)
    {
        var rich = peer.Rich();
        Check.True(rich.Bounce(null) is null, "Bounce(nil) gave something");
        Check.True(rich.Bytes(null) is null, "Bytes(nil) gave something");
        Peer.Close(rich);
        return "a nil order and nil bytes came back nil";
    }

    private static string TypedFault(Peer peer, CaseOptions options)
    {
        var rich = peer.Rich();
        foreach (var why in (string[])["because", "", "Zoë <&>"])
        {
            var fault = Check.Throws<FaultException<Problem>>(() => rich.Fail(why), $"Fail(\"{why}\")");
            Check.Equal(why, fault.Detail?.Why, "the fault's detail, Why");
            Check.Equal($"it failed: {why}", fault.Message, "the fault's reason");
            Check.Equal("Sender", fault.Code.Name, "the fault's code");
        }

        Check.SameBytes([1], rich.Bytes([1]), "Bytes after the faults");
        Peer.Close(rich);
        return "3 faults with detail, the session lived on";
    }

    private static string UndeclaredException(Peer peer, CaseOptions options)
    {
        var rich = peer.Rich();
        var fault = Check.Throws<FaultException>(() => rich.Crash(), "Crash()");
        Check.True(fault is not FaultException<Problem>, "an undeclared exception came as the declared fault");
        Check.Equal("Receiver", fault.Code.Name, "the fault's code");
        // A WCF host ends the session here. Ours answers and lives on.
        Check.SameBytes([1, 2], rich.Bytes([1, 2]), "Bytes after the exception");
        Peer.Close(rich);
        return $"{fault.Code.Name}/{fault.Code.SubCode?.Name}, the session lived on";
    }
}
