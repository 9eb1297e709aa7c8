using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Placement;

namespace Millrace.Coordinator.Tests.Core.Placement;

public sealed class WorkerWeightTests
{
    private static WorkerLoad Load(double cpu, ulong memory, ulong limit = 100) =>
        new(cpu, memory, limit, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);

    [TestCase(0, 0UL, 1)]
    [TestCase(0.4, 0UL, 0.6)]
    [TestCase(0.4, 70UL, 0.3)]
    [TestCase(1, 0UL, 0.25)]
    [TestCase(0, 500UL, 0.25)]
    [TestCase(-3, 0UL, 1)]
    [TestCase(double.NaN, 0UL, 1)]
    [TestCase(double.PositiveInfinity, 50UL, 0.5)]
    public void Weight_OfALoad_IsTheScarcerHeadroom(double cpu, ulong memory, double expected) =>
        Assert.That(WorkerWeight.Of(Load(cpu, memory)), Is.EqualTo(expected).Within(1e-9));

    [Test]
    public void Weight_WithoutAMemoryLimit_LooksAtTheProcessorOnly() =>
        Assert.That(WorkerWeight.Of(Load(0.5, 500, 0)), Is.EqualTo(0.5));

    [Test]
    public void Weight_MoreFreeMemory_NeverLowersIt() => AnyNumbers.Check(300, 4, numbers =>
    {
        int Next(int i) => i < numbers.Length ? numbers[i] % 1_000 : 0;
        double cpu = Next(0) / 1_000.0;
        ulong used = (ulong)Next(1);
        ulong limit = used + (ulong)Next(2) + 1;
        return WorkerWeight.Of(Load(cpu, used, limit)) <= WorkerWeight.Of(Load(cpu, used, limit + (ulong)Next(3)));
    });

    [Test]
    public void Smooth_ASpike_FadesWithinAFewReports()
    {
        double weight = WorkerWeight.Smooth(1, Load(0, 0), first: true);
        weight = WorkerWeight.Smooth(weight, Load(1, 0), first: false);
        Assert.That(weight, Is.EqualTo(0.85).Within(1e-9));
        for (int i = 0; i < 12; i++)
        {
            weight = WorkerWeight.Smooth(weight, Load(0, 0), first: false);
        }

        Assert.That(weight, Is.GreaterThan(0.98));
    }
}
