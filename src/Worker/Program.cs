using Millrace.Common.Processes;
using Millrace.Worker.Hosting;

var program = new OwnProgram(typeof(WorkerCommand).Assembly);
return await WorkerCommand.RunAsync(args, program, Console.Out).ConfigureAwait(false);
