using Millrace.Common.Hosting;
using Millrace.Common.Model;
using Millrace.Worker.Hosting;

namespace Millrace.Worker.Tests.Hosting;

public sealed class WorkerOptionsTests
{
    [TestCase("Büro-PC 7", "b-ro-pc-7-42")]
    [TestCase("", "worker-42")]
    [TestCase("host.example", "host.example-42")]
    public void DefaultName_OfAnyMachine_IsAValidName(string machine, string expected)
    {
        string name = WorkerOptions.DefaultName(machine, 42);
        Assert.That(name, Is.EqualTo(expected));
        Assert.That(Names.IsValid(name), Is.True);
    }

    [Test]
    public void DefaultName_OfALongMachineName_StaysWithinTheLimit() =>
        Assert.That(Names.IsValid(WorkerOptions.DefaultName(new string('m', 300), int.MaxValue)), Is.True);

    [Test]
    public void From_NothingSet_TakesTheDefaults()
    {
        WorkerOptions options = WorkerOptions.From(Settings.From([]));
        Assert.Multiple(() =>
        {
            Assert.That(options.Coordinator, Is.EqualTo("http://127.0.0.1:7400"));
            Assert.That(options.RunLoops, Is.EqualTo(Environment.ProcessorCount));
            Assert.That(options.MaxAssignments, Is.Zero);
            Assert.That(options.Labels, Is.Empty);
        });
    }

    [Test]
    public void From_Labels_TakesThem()
    {
        WorkerOptions options = WorkerOptions.From(Settings.From(
            [new ConfigurationLayer(
                "test", new Dictionary<string, string> { ["Worker:Labels"] = "zone=a,disk=ssd" })]));
        Assert.That(
            options.Labels, Is.EqualTo(new Dictionary<string, string> { ["disk"] = "ssd", ["zone"] = "a" }));
    }
}
