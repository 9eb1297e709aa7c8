using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using Millrace.Cli.Output;
using Millrace.Cli.Running;

namespace Millrace.Cli.Cluster;

/// <summary>What this program is.</summary>
internal static class VersionCommand
{
    private const int WorkerProtocol = 1;

    public static Command Create(CommandRunner runner) => runner.Runs(
        new Command("version", "The version of this program, its runtime and the protocol it speaks."),
        (session, _) =>
        {
            string version = Version();
            if (session.Format == OutputFormat.Json)
            {
                session.Write(JsonText.Of(new
                {
                    version,
                    runtime = RuntimeInformation.FrameworkDescription,
                    platform = RuntimeInformation.RuntimeIdentifier,
                    workerProtocol = WorkerProtocol,
                }));
            }
            else
            {
                session.Write(
                    $"millrace {version}   {RuntimeInformation.FrameworkDescription} on "
                    + $"{RuntimeInformation.RuntimeIdentifier}   worker protocol {WorkerProtocol}");
            }

            return Task.CompletedTask;
        });

    private static string Version()
    {
        string version = typeof(VersionCommand).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        return version.Split('+')[0];
    }
}
