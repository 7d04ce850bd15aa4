using System.Collections;
using System.Reflection;
using System.ServiceModel;

namespace Bowline.Interop;

/// <summary>
/// What has to be known of a WCF client's inside to tell its stall from a fault of the host (R-LIVE-STALL-1). Where a version of
/// WCF has no such fields, nothing is found, and nothing is excused.
/// </summary>
public static class Internals
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;

    private const int MostObjects = 20_000;

    /// <summary>
    /// How many messages a reliable channel has taken and acknowledged, and not handed to the proxy above it. After a call has
    /// waited for all of its time any such message is stuck in the client.
    /// </summary>
    public static int HeldMessageCount(object proxy)
    {
        if (Find(proxy, "ClientReliableDuplexSessionChannel") is not { } channel)
        {
            return 0;
        }

        var queued = Field(Field(channel, "_inputQueue"), "_itemQueue");
        var reordered = Field(Field(channel, "_deliveryStrategy"), "items") as IDictionary;
        return (Field(queued, "ItemCount") as int? ?? 0) + (reordered?.Count ?? 0);
    }

    /// <summary>
    /// Lets the threads of WCF's scheduler start without the execution context of whoever starts them, as they do on Windows.
    /// Elsewhere they inherit it, and with it a lock that is held at that moment, which is how the client comes to stall.
    /// </summary>
    public static bool StartThreadsWithoutContext()
    {
        const int Capacity = 0x8000;
        var type = typeof(ICommunicationObject).Assembly.GetType("System.Runtime.IOThreadScheduler");
        var current = type?.GetField("s_current", BindingFlags.Static | BindingFlags.NonPublic);
        if (type is null || current is null)
        {
            return false;
        }

        // The largest there is, since a full one is replaced by another that starts its threads as before.
        var scheduler = Activator.CreateInstance(type, BindingFlags.Instance | BindingFlags.NonPublic, null, [Capacity], null);
        if (Field(scheduler, "_overlapped") is not { } runner
            || FieldOf(runner.GetType(), "_postDelegate") is not { } start
            || runner.GetType().GetMethod("Callback", Declared) is not { } run)
        {
            return false;
        }

        var body = run.CreateDelegate<ThreadStart>(runner);
        start.SetValue(runner, () => new Thread(body).UnsafeStart());
        current.SetValue(null, scheduler);
        return true;
    }

    /// <summary>The first object of a type that can be reached from another one through the fields of WCF's classes.</summary>
    private static object? Find(object root, string typeName)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance) { root };
        var open = new Queue<object>([root]);
        while (open.TryDequeue(out var at) && seen.Count < MostObjects)
        {
            if (at.GetType().Name == typeName)
            {
                return at;
            }

            for (var type = at.GetType(); type is not null && type != typeof(object); type = type.BaseType)
            {
                foreach (var field in type.GetFields(Declared))
                {
                    if (!field.FieldType.IsValueType && !field.FieldType.IsPointer
                        && field.GetValue(at) is { } value and not (string or MemberInfo or Assembly or Thread) && seen.Add(value))
                    {
                        open.Enqueue(value);
                    }
                }
            }
        }

        return null;
    }

    private static object? Field(object? owner, string name) =>
        owner is null ? null : FieldOf(owner.GetType(), name)?.GetValue(owner);

    /// <summary>A field by its name, or by that of its automatic property.</summary>
    private static FieldInfo? FieldOf(Type owner, string name)
    {
        for (Type? type = owner; type is not null; type = type.BaseType)
        {
            if ((type.GetField(name, Declared) ?? type.GetField($"<{name}>k__BackingField", Declared)) is { } field)
            {
                return field;
            }
        }

        return null;
    }
}
