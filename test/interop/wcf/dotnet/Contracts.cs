using System.ServiceModel;

namespace Bowline.Interop;

/// <summary>Two-way and one-way calls on plain values. A Task twin has the wire of the operation that it is named after.</summary>
[ServiceContract(Namespace = "http://tempuri.org/", Name = "ICalculator", ConfigurationName = "ICalculator")]
public interface ICalculator
{
    [OperationContract]
    int Add(int a, int b);

    [OperationContract]
    Task<int> AddAsync(int a, int b);

    [OperationContract]
    string? Echo(string? text);

    [OperationContract]
    byte[]? Reverse(byte[]? data);

    [OperationContract(IsOneWay = true)]
    void Log(string? text);

    /// <summary>How many Log calls the service has had since it was started.</summary>
    [OperationContract]
    int LogCount();

    [OperationContract]
    int SlowAdd(int a, int b, int delayMs);

    /// <summary>The numbers that <see cref="ILog.Write"/> delivered under this tag, in the order of delivery.</summary>
    [OperationContract]
    int[] LoggedNumbers(string sessionTag);
}

/// <summary>One-way operations only: the client creates one sequence and offers none.</summary>
[ServiceContract(Namespace = "http://tempuri.org/", Name = "ILog", ConfigurationName = "ILog")]
public interface ILog
{
    [OperationContract(IsOneWay = true)]
    void Write(string tag, int number);
}

/// <summary>Data contracts and faults.</summary>
[ServiceContract(Namespace = "http://tempuri.org/", Name = "IRich", ConfigurationName = "IRich")]
public interface IRich
{
    [OperationContract]
    Order? Bounce(Order? order);

    [OperationContract]
    byte[]? Bytes(byte[]? data);

    [OperationContract]
    [FaultContract(typeof(Problem))]
    int Fail(string why);

    [OperationContract]
    int Crash();
}

/// <summary>A duplex contract: the service calls back while the operation runs.</summary>
[ServiceContract(
    Namespace = "http://tempuri.org/",
    Name = "IPrices",
    ConfigurationName = "IPrices",
    SessionMode = SessionMode.Required,
    CallbackContract = typeof(IPriceCallback))]
public interface IPrices
{
    /// <summary>
    /// Makes <paramref name="count"/> Price callbacks (0.5, 1.5, ...), asks Confirm(7 * count) and answers
    /// <paramref name="count"/> when the confirmation was twice that, -1 otherwise.
    /// </summary>
    [OperationContract]
    Task<int> SubscribeAsync(string symbol, int count);

    [OperationContract(IsOneWay = true)]
    void Note(string text);
}

public interface IPriceCallback
{
    [OperationContract(IsOneWay = true)]
    void Price(string symbol, double value);

    [OperationContract]
    int Confirm(int n);
}
