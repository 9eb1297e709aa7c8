namespace Millrace.Client.Tests.Cli;

public sealed class UsageTests
{
    [TestCase("topic list", "\"millrace\" does not take \"topic\"", "`millrace topics`")]
    [TestCase("topics lst", "\"millrace topics\" does not take \"lst\"", "`millrace topics list`")]
    [TestCase("query", "\"millrace query\" needs a command", "`millrace query --help`")]
    [TestCase("status --serve x", "\"millrace status\" does not take \"--serve\"", "`millrace status --server`")]
    [TestCase("jobs deploy count x", "Option '--topic' is required", "`millrace jobs deploy count --help`")]
    [TestCase("topics send t --value v", "--value needs --key", "`millrace topics send --help`")]
    [TestCase("topics tail t -n -3", "--lines takes a number from 0 on", "`millrace topics tail --help`")]
    [TestCase("dev --workers 65", "--workers takes 0 to 64", "`millrace dev --help`")]
    [TestCase("dev --grpc-port 70000", "--grpc-port takes 0 to 65535", "`millrace dev --help`")]
    [TestCase("demo --workers 0", "--workers takes 1 to 64", "`millrace demo --help`")]
    public async Task RunAsync_OfACommandLineThatIsWrong_NamesTheNearestThatIsRight(
        string arguments, string what, string advice)
    {
        CliRun run = await CliRun.OfAsync(arguments);
        Assert.That(run.Exit, Is.EqualTo(2));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error, Does.StartWith($"error: {what}\n"));
        Assert.That(run.Error, Does.Contain($"  try:  {advice}\n").And.EndWith("  code: USAGE\n"));
    }

    [Test]
    public async Task RunAsync_OfAnUnknownFormat_NamesTheKnownOnesOnOneLine()
    {
        CliRun run = await CliRun.OfAsync("status -o xml");
        Assert.That(run.Exit, Is.EqualTo(2));
        Assert.That(
            run.Error, Does.StartWith("error: Argument 'xml' not recognized. Must be one of: 'table' 'json'\n"));
    }

    [TestCase("--help")]
    [TestCase("topics --help")]
    [TestCase("coordinator --help")]
    [TestCase("jobs deploy count --help")]
    public async Task RunAsync_AskedForHelp_PrintsItOnStandardOutput(string arguments)
    {
        CliRun run = await CliRun.OfAsync(arguments);
        Assert.That(run.Exit, Is.Zero);
        Assert.That(run.Out, Does.Contain("Usage:"));
        Assert.That(run.Error, Is.Empty);
    }

    [TestCase("coordinator -h", "  --Data:Directory=millrace-data\n")]
    [TestCase("worker --Log:Level=debug --help", "  --supervise\n")]
    [TestCase("worker -?", "  --Worker:RunLoops=")]
    public async Task RunAsync_OfADaemonAskedForHelp_NamesItsSettingsAndStartsNothing(string arguments, string line)
    {
        CliRun run = await CliRun.OfAsync(arguments);
        Assert.That(run.Exit, Is.Zero);
        Assert.That(run.Out, Does.Contain(line).And.Contain("Usage: millrace " + arguments.Split(' ')[0]));
        Assert.That(run.Error, Is.Empty);
    }

    [Test]
    public async Task RunAsync_OfVersion_PrintsItInBothFormats()
    {
        CliRun text = await CliRun.OfAsync("version");
        Assert.That(text.Out, Does.Match(@"^millrace \d+\.\d+\.\d+ .* worker protocol 1\n$"));
        Assert.That((await CliRun.OfAsync("version -o json")).Out, Does.Contain("\"workerProtocol\": 1"));
    }
}
