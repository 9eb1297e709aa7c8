using Millrace.Common.Failpoints;
using Millrace.Simulation.Run;

Arguments? arguments = Arguments.Parse(args);
if (arguments is null)
{
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}

if (arguments.Mutants)
{
    return new MutantTable(arguments, Console.Out).Run();
}

if (arguments.SumFile is { } file)
{
    Console.WriteLine(RunRecord.Sum(file, arguments.Build).Line);
    return 0;
}

Mutants.Activate(arguments.Mutant);
if (arguments.Shrink)
{
    return new Shrinker(arguments, Console.Out).Run();
}

return arguments.Replay ? new Replay(arguments, Console.Out).Run() : new Campaign(arguments, Console.Out).Run();
