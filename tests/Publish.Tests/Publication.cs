using Millrace.Integration.Tests.Processes;
using Millrace.TestKit;

namespace Millrace.Publish.Tests;

/// <summary>Publishes once for all tests, as a user would, and has them run what came of it.</summary>
[SetUpFixture]
internal sealed class Publication
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(12);

    /// <summary>Where the programs are: under artifacts, so that the next time little is left to do.</summary>
    public static string Folder { get; } = Path.Combine(Checkout.Root, "artifacts", "publish-tests");

    /// <summary>What the script said.</summary>
    public static string Output { get; private set; } = "";

    [OneTimeSetUp]
    public async Task PublishAsync()
    {
        using var limit = new CancellationTokenSource(_limit);
        string script = Path.Combine(Checkout.Root, "scripts", "publish");
        (int code, Output) = await ChildProcess.RunAsync(script, [Folder], Checkout.Root, limit.Token);
        Assert.That(code, Is.Zero, Output);
        // Read by Executables when the first test needs a program.
        Environment.SetEnvironmentVariable("MILLRACE_PROGRAMS", Folder);
    }
}
