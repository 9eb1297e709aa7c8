using Millrace.Common.Processes;
using Millrace.Worker.Hosting;

return await WorkerCommand.RunAsync(args, new OwnProgram(typeof(WorkerCommand).Assembly)).ConfigureAwait(false);
