let timer: NodeJS.Timeout;
export const poll = async () => {
  clearTimeout(timer);
  timer = window.setTimeout(await ask(), 5000);
};
