using System.Text.Json;
using Microsoft.Extensions.Logging;
using Millrace.Common.Hosting;

namespace Millrace.Common.Tests.Hosting;

public sealed class StartupOutputTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;

    [TearDown]
    public void DropDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void PrintTo_AllParts_WritesOneLineEachAndLeavesOutEmptyOnes()
    {
        var output = new StringWriter { NewLine = "\n" };
        new StartupException("port 7400 is in use", "", "another port", "PORT_IN_USE", ExitCodes.Failed)
            .PrintTo(output);
        Assert.That(
            output.ToString(),
            Is.EqualTo("port 7400 is in use\n  try:  another port\n  code: PORT_IN_USE\n"));
    }

    [Test]
    public void EndpointsFile_WrittenTwice_HoldsTheLastAndLeavesNoOtherFile()
    {
        new EndpointsFile("http://127.0.0.1:1", "http://127.0.0.1:2", 3, 4).WriteTo(_directory);
        var second = new EndpointsFile("http://127.0.0.1:5", "http://127.0.0.1:6", 7, ulong.MaxValue);
        second.WriteTo(_directory);

        Assert.Multiple(() =>
        {
            Assert.That(EndpointsFile.ReadFrom(_directory), Is.EqualTo(second));
            Assert.That(Directory.GetFiles(_directory), Has.Length.EqualTo(1));
        });
    }

    [Test]
    public void EndpointsFile_MissingOrBroken_ReadsAsNull()
    {
        Assert.That(EndpointsFile.ReadFrom(_directory), Is.Null);
        File.WriteAllText(Path.Combine(_directory, EndpointsFile.FileName), "{");
        Assert.That(EndpointsFile.ReadFrom(_directory), Is.Null);
    }

    [Test]
    public void LogOutput_ToAFile_WritesJsonLinesFromTheLevelUp()
    {
        string file = Path.Combine(_directory, "log.jsonl");
        Settings settings = Settings.From(
        [
            new ConfigurationLayer(
                "test", new Dictionary<string, string> { ["Log:File"] = file, ["Log:Level"] = "warning" }),
        ]);
        using (ILoggerFactory factory = LogOutput.Open(settings, "w-1"))
        {
            ILogger logger = factory.CreateLogger("Test");
#pragma warning disable CA1848, CA2254 // the catalogue is for the product; this is about the output
            logger.LogInformation("quiet");
            logger.LogWarning("worker {Worker} is late", "w-1");
#pragma warning restore CA1848, CA2254
        }

        string[] lines = File.ReadAllLines(file);
        Assert.That(lines, Has.Length.EqualTo(1));
        using JsonDocument line = JsonDocument.Parse(lines[0]);
        Assert.Multiple(() =>
        {
            Assert.That(line.RootElement.GetProperty("Level").GetString(), Is.EqualTo("Warning"));
            Assert.That(
                line.RootElement.GetProperty("Properties").GetProperty("Worker").GetString(), Is.EqualTo("w-1"));
        });
    }

    [Test]
    public void LogOutput_FileCannotBeOpened_SaysSo()
    {
        Settings settings = Settings.From(
            [new ConfigurationLayer("test", new Dictionary<string, string> { ["Log:File"] = _directory })]);
        Assert.That(
            () => LogOutput.Open(settings, "x"),
            Throws.TypeOf<StartupException>().With.Property("Code").EqualTo("LOG_FILE_UNWRITABLE"));
    }
}
