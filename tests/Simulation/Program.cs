using Millrace.Common.Failpoints;
using Millrace.Simulation.Run;

Arguments? arguments = Arguments.Parse(args);
if (arguments is null)
{
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}

#if MILLRACE_TEST_BUILD
Mutants.Activate(arguments.Mutant);
#endif
return arguments.Replay ? new Replay(arguments, Console.Out).Run() : new Campaign(arguments, Console.Out).Run();
