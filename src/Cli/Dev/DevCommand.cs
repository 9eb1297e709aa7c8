using System.CommandLine;
using System.Runtime.InteropServices;
using Millrace.Cli.Output;
using Millrace.Cli.Running;

namespace Millrace.Cli.Dev;

/// <summary>A whole cluster on this machine, as child processes.</summary>
internal static class DevCommand
{
    public static Command Create(CommandRunner runner)
    {
        var workers = new Option<int>("--workers")
        {
            Description = "How many workers.",
            DefaultValueFactory = _ => 3,
            HelpName = "N",
        };
        workers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 64)
            {
                result.AddError("--workers takes 0 to 64");
            }
        });
        var data = DataOption("Keep everything in this directory; without it nothing is kept.");
        Option<int> grpc = PortOption("--grpc-port", "Port for gRPC; 0: any free one.", 7400);
        Option<int> http = PortOption("--http-port", "Port for probes and browsers; 0: any free one.", 7401);
        var command = new Command("dev", "A whole cluster on this machine, as child processes.")
        {
            workers, data, grpc, http,
            DevAsk.Kill(runner, DataOption("The directory that `millrace dev` was given.")),
            DevAsk.AddWorker(runner, DataOption("The directory that `millrace dev` was given.")),
        };
        return runner.Runs(command, (session, cancellation) =>
        {
            var options = new DevOptions(
                session.Arguments.GetValue(workers),
                session.Arguments.GetValue(data),
                session.Arguments.GetValue(grpc),
                session.Arguments.GetValue(http));
            return RunAsync(session, options, cancellation);
        });
    }

    private static Option<string?> DataOption(string description) =>
        new("--data") { Description = description, HelpName = "DIR" };

    private static Option<int> PortOption(string name, string description, int usual)
    {
        var port = new Option<int>(name)
        {
            Description = description,
            DefaultValueFactory = _ => usual,
            HelpName = "PORT",
        };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > ushort.MaxValue)
            {
                result.AddError($"{name} takes 0 to 65535");
            }
        });
        return port;
    }

    private static async Task<int> RunAsync(Session session, DevOptions options, CancellationToken cancellation)
    {
        var cluster = new DevCluster(options, session.Say, session.Time);
        bool cancelled = false;
        using PosixSignalRegistration second = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            if (cancelled)
            {
                cluster.KillAll();
            }

            context.Cancel = true;
            cancelled = true;
        });
        await using (cluster.ConfigureAwait(false))
        {
            await cluster.StartAsync(cancellation).ConfigureAwait(false);
            Greet(session, cluster);
            await DevControl.ServeAsync(request => Answer(cluster, request), cancellation).ConfigureAwait(false);
            session.Say("stopping: workers drain, then the coordinator ends; Ctrl-C again kills");
        }

        string end = cluster.IsTemporary ? "nothing kept (use --data DIR)" : $"data kept in {cluster.Root}";
        session.Say($"stopped; {end}");
        return ExitCode.Done;
    }

    private static void Greet(Session session, DevCluster cluster)
    {
        if (session.Format == OutputFormat.Json)
        {
            session.Terminal.Out.WriteLine(
                File.ReadAllText(Path.Combine(cluster.Root, DevState.FileName)).Trim());
            return;
        }

        string server = cluster.Grpc == CommandRunner.DefaultServer ? "" : $" --server {cluster.Grpc}";
        string kept = cluster.IsTemporary ? "deleted at the end; keep it with --data DIR" : "kept";
        session.Terminal.Out.WriteLine($"""
            coordinator  gRPC on {cluster.Grpc}, health on {cluster.Http}
            workers      {(cluster.Workers.Count == 0 ? "none" : string.Join(" ", cluster.Workers))}
            data         {cluster.Root} ({kept}); logs in {cluster.LogDirectory}

            next, in another terminal:
              millrace status{server}
              millrace topics create words{server}
              millrace jobs deploy count word-count --topic words{server}
              echo hello | millrace topics send words{server}
              millrace query top word-count{server}
              millrace dev kill {cluster.Workers.DefaultIfEmpty(DevCluster.CoordinatorName).First()}
            Ctrl-C stops all.
            """);
        session.Terminal.Out.Flush();
    }

    private static string Answer(DevCluster cluster, string request)
    {
        string[] words = request.Split(' ');
        return words switch
        {
            ["add-worker"] => cluster.StartWorker(),
            ["kill", var name] => cluster.Kill(name) ? "killed" : "unknown",
            _ => "unknown",
        };
    }
}
