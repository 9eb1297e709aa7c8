using Millrace.Common.Hosting;
using Millrace.Common.Processes;
using Millrace.Worker.Hosting;

return WorkerCommand.Help.Answers(args, Console.Out)
    ? ExitCodes.Ok
    : await WorkerCommand.RunAsync(args, new OwnProgram(typeof(WorkerCommand).Assembly)).ConfigureAwait(false);
