export const list = async () => {
  socket.setTimeout(2000);
  return await socket.ask();
};
