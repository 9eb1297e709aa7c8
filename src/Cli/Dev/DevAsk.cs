using System.CommandLine;
using Millrace.Cli.Output;
using Millrace.Cli.Running;
using Millrace.Common.Hosting;

namespace Millrace.Cli.Dev;

/// <summary>Commands to a `millrace dev` that runs in another terminal.</summary>
internal static class DevAsk
{
    public static Command Kill(CommandRunner runner, Option<string?> data)
    {
        var name = new Argument<string>("PROCESS") { Description = "A worker's name, or coordinator." };
        return runner.Runs(
            new Command("kill", "Kills a process of the running cluster with SIGKILL; it is started again.")
            {
                name, data,
            },
            async (session, cancellation) =>
            {
                DevState state = Find(session.Arguments.GetValue(data));
                string wanted = session.Arguments.GetRequiredValue(name);
                string answer = await AskAsync(state, $"kill {wanted}", cancellation).ConfigureAwait(false);
                if (answer != "killed")
                {
                    throw Unknown(state, wanted);
                }

                string text = $"{wanted} is killed; `millrace partitions list` shows what moves";
                Print(session, text, new { killed = wanted });
            });
    }

    public static Command AddWorker(CommandRunner runner, Option<string?> data) => runner.Runs(
        new Command("add-worker", "Starts one more worker in the running cluster.") { data },
        async (session, cancellation) =>
        {
            DevState state = Find(session.Arguments.GetValue(data));
            string added = await AskAsync(state, "add-worker", cancellation).ConfigureAwait(false);
            Print(session, $"{added} is starting", new { added });
        });

    private static DevState Find(string? directory)
    {
        string path = directory is null ? DevState.PointerPath : Path.Combine(directory, DevState.FileName);
        return DevState.ReadFrom(path) ?? throw new FailureException(new Failure(
            "no cluster of `millrace dev` is running" + (directory is null ? "" : $" in {directory}"),
            $"there is no {path}",
            "`millrace dev` in another terminal, or --data DIR with the directory that it was given",
            "NO_DEV_CLUSTER",
            ExitCode.Unreachable));
    }

    private static async Task<string> AskAsync(DevState state, string request, CancellationToken cancellation) =>
        await DevControl.AskAsync(state.Pid, request, cancellation).ConfigureAwait(false)
        ?? throw new FailureException(new Failure(
            "the cluster of `millrace dev` does not answer",
            $"process {state.Pid} has ended, or is just stopping",
            "`millrace dev` again",
            "NO_DEV_CLUSTER",
            ExitCode.Unreachable));

    private static FailureException Unknown(DevState state, string wanted)
    {
        string[] known = [.. state.Processes.Select(p => p.Name)];
        string? near = NearestName.Find(wanted, known);
        return new FailureException(new Failure(
            $"nothing named \"{wanted}\" is running",
            near is null ? "running are " + string.Join(", ", known) : $"did you mean \"{near}\"?",
            "`millrace dev kill " + (near ?? known[^1]) + "`",
            "NO_SUCH_PROCESS",
            ExitCode.NotFound));
    }

    private static void Print(Session session, string text, object value) =>
        session.Terminal.Out.WriteLine(session.Format == OutputFormat.Json ? JsonText.Of(value) : text);
}
