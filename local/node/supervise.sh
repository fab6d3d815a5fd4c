#!/bin/sh
# usage: supervise.sh DIR COMMAND [ARGUMENT ...]
# Runs a container's command and leaves in DIR who ran it (`process`: proc(5) stat of this shell) and how it ended
# (`exit`: its exit code), so that a platform that was restarted meanwhile finds both. SIGTERM goes to the command
# alone, as a container runtime sends it.
dir=$1
shift
cat "/proc/$$/stat" >"$dir/process.partial"
mv "$dir/process.partial" "$dir/process"
"$@" &
child=$!
trap 'kill -TERM "$child"' TERM
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do # a signal ended the wait, not the command
  wait "$child"
  code=$?
done
echo "$code" >"$dir/exit.partial"
mv "$dir/exit.partial" "$dir/exit"
kill -KILL 0 # what the command has left behind ends with it, as a container does
