using FsCheck;
using FsCheck.Fluent;
using Millrace.Client.Core;

namespace Millrace.Client.Tests.Core;

public sealed class ProducerHistoryTests
{
    private const int Histories = 1500;

    [Test]
    public void AnyHistory_OnceTheNetworkIsWell_StoresEachEventOnceInOrderAndTellsTheTruth() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<(byte Choice, byte Detail)[]>(),
            ArbMap.Default.ArbFor<byte>(),
            (steps, shape) => Check(steps, Policy(shape)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Histories).WithEndSize(400));

    private static ProducerPolicy Policy(byte shape) => new()
    {
        MaxBatchEvents = 1 + (shape % 5),
        MaxBatchBytes = 12 * (1 + (shape / 5 % 4)),
        MaxInFlightBatches = 1 + (shape / 20 % 4),
        MaxInFlightWhenPartial = 1 + (shape % 2),
        MaxBufferedBytes = 12 * 40,
        Linger = TimeSpan.FromMilliseconds(shape % 3 * 20),
        GiveUpAfter = TimeSpan.FromDays(1),
        OpenWithin = TimeSpan.FromDays(1),
    };

    /// <summary>Nothing of NUnit in here: it would count the failures that lead to the smallest one.</summary>
    private static void Check((byte Choice, byte Detail)[] steps, ProducerPolicy policy)
    {
        var world = new ProducerWorld(policy);
        foreach ((byte choice, byte detail) in steps)
        {
            world.Step(choice, detail);
            Demand(world.Machine.BufferedBytes <= policy.MaxBufferedBytes, "the buffer is bounded");
        }

        world.Settle();
        Demand(world.Failure is null, $"the producer lives: {world.Failure}");
        Demand(world.Machine.BufferedBytes == 0, "everything is settled");
        foreach ((string topic, List<int> added) in world.Added)
        {
            Demand(
                added.All(id => world.Acknowledged.Contains(id) != world.Failed.Contains(id)), "each has one outcome");
            Demand(
                world.Server.Stored.GetValueOrDefault(topic, [])
                    .SequenceEqual(added.Where(world.Acknowledged.Contains)),
                "what is acknowledged, and only that, is stored once and in order");
        }
    }

    private static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException("It does not hold that " + what);
        }
    }
}
