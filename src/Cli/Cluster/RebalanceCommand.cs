using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Millrace.Cli.Running;
using Millrace.Client;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Cluster;

/// <summary>Plans that even out load, and how tasks are placed.</summary>
internal static class RebalanceCommand
{
    public static Command Create(CommandRunner runner) =>
        new("rebalance", "Plans that even out load, and how tasks are placed.")
        {
            Plan(runner),
            Show(runner),
            Apply(runner),
            List(runner),
            Delete(runner),
            Policy(runner),
        };

    private static Command Plan(CommandRunner runner)
    {
        var strategy = Text("--strategy", "Plan by this one; default: the cluster's.", "STRATEGY");
        var full = new Option<bool>("--full") { Description = "Place everything anew, if the budget allows." };
        var recent = new Option<bool>("--ignore-cooldown") { Description = "Also move what has just been moved." };
        var moves = new Option<uint>("--max-moves")
        {
            Description = "The most moves; 0: 1 % of the partitions.",
            DefaultValueFactory = _ => 0,
            HelpName = "COUNT",
        };
        return runner.Runs(
            new Command("plan", "Makes a plan and shows it. Moves nothing.") { strategy, full, recent, moves },
            async (session, cancellation) =>
            {
                CreateRebalancePlanResponse response = await session.Client.Rebalance.CreatePlanAsync(
                    new CreateRebalancePlanRequest
                    {
                        Strategy = session.Arguments.GetValue(strategy) ?? "",
                        Full = session.Arguments.GetValue(full),
                        IgnoreCooldown = session.Arguments.GetValue(recent),
                        MaxMoves = session.Arguments.GetValue(moves),
                    },
                    cancellation).ConfigureAwait(false);
                session.Print(response.Plan, terminal => PlanText.Write(terminal, response.Plan));
            });
    }

    private static Command Show(CommandRunner runner)
    {
        Argument<string> name = Name();
        return runner.Runs(
            new Command("show", "One plan.") { name },
            async (session, cancellation) =>
            {
                GetRebalancePlanResponse response = await session.Client.Rebalance
                    .GetPlanAsync(session.Arguments.GetRequiredValue(name), cancellation).ConfigureAwait(false);
                session.Print(response.Plan, terminal => PlanText.Write(terminal, response.Plan));
            });
    }

    private static Command Apply(CommandRunner runner)
    {
        Argument<string> name = Name();
        var stale = new Option<bool>("--allow-stale")
        {
            Description = "Also if partitions of it have changed hands since; those are left alone.",
        };
        var follow = new FollowOptions();
        return runner.Runs(
            new Command("apply", "Does what a plan says.") { name, stale, follow.Wait, follow.Timeout },
            async (session, cancellation) =>
            {
                ApplyRebalancePlanResponse response = await session.Client.Rebalance.ApplyPlanAsync(
                    new ApplyRebalancePlanRequest
                    {
                        Name = session.Arguments.GetRequiredValue(name),
                        AllowStale = session.Arguments.GetValue(stale),
                    },
                    cancellation).ConfigureAwait(false);
                return await follow.ReportAsync(session, response.Operation, cancellation).ConfigureAwait(false);
            });
    }

    private static Command List(CommandRunner runner) => runner.Runs(
        new Command("list", "The newest plans, also those that the cluster made itself."),
        async (session, cancellation) =>
        {
            ListRebalancePlansResponse response =
                await session.Client.Rebalance.ListPlansAsync(cancellation).ConfigureAwait(false);
            session.Print(
                response, terminal => PlanText.WriteList(terminal, response, session.Time.GetUtcNow()));
        });

    private static Command Delete(CommandRunner runner)
    {
        Argument<string> name = Name();
        return runner.Runs(
            new Command("delete", "Forgets a plan.") { name },
            async (session, cancellation) =>
            {
                string plan = session.Arguments.GetRequiredValue(name);
                DeleteRebalancePlanResponse response = await session.Client.Rebalance
                    .DeletePlanAsync(plan, cancellation).ConfigureAwait(false);
                session.Print(
                    response, terminal => terminal.Out.WriteLine($"{ResourceNames.Short(plan)} is forgotten"));
            });
    }

    private static Command Policy(CommandRunner runner)
    {
        var strategy = Text("--strategy", "Place tasks by this one from now on.", "STRATEGY");
        var automatic = Text("--automatic", "Even out load without being asked for.", "on|off");
        automatic.AcceptOnlyFromAmong("on", "off");
        return runner.Runs(
            new Command("policy", "How tasks are placed; with options: changes it.") { strategy, automatic },
            async (session, cancellation) =>
            {
                string? placed = session.Arguments.GetValue(strategy);
                string? evened = session.Arguments.GetValue(automatic);
                RebalancePolicy policy = placed is null && evened is null
                    ? (await session.Client.Rebalance.GetPolicyAsync(cancellation).ConfigureAwait(false)).Policy
                    : await ChangeAsync(session, placed, evened, cancellation).ConfigureAwait(false);
                session.Print(policy, terminal => PlanText.Write(terminal, policy));
            });
    }

    private static async Task<RebalancePolicy> ChangeAsync(
        Session session, string? strategy, string? automatic, CancellationToken cancellation)
    {
        var request = new UpdateRebalancePolicyRequest
        {
            Policy = new RebalancePolicy { Strategy = strategy ?? "", Automatic = automatic == "on" },
            UpdateMask = new FieldMask(),
        };
        if (strategy is not null)
        {
            request.UpdateMask.Paths.Add("strategy");
        }

        if (automatic is not null)
        {
            request.UpdateMask.Paths.Add("automatic");
        }

        return (await session.Client.Rebalance.UpdatePolicyAsync(request, cancellation).ConfigureAwait(false)).Policy;
    }

    private static Argument<string> Name() => new("PLAN") { Description = "The plan, as plan-7." };

    private static Option<string?> Text(string name, string description, string help) => new(name)
    {
        Description = description,
        HelpName = help,
    };
}
